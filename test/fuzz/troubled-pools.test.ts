import { expect, it } from 'vitest';
import { runExport, truthOf } from '../fixtures/exporting';
import { judgeExport } from '../fixtures/judge-export';
import { connection, folder, poolPerTest, to } from '../fixtures/pool-per-test';
import { TroubledDisk } from '../fixtures/troubled-disk';
import { Random } from '../soak/random';

/** A longer search takes more of them; each seed is a pool of its own. The usual ones have found a mistake before. */
const POOLS = Number(process.env.DELTASCOPE_FUZZ_POOLS ?? 4);
const FIRST_SEED = Number(process.env.DELTASCOPE_FUZZ_FIRST ?? 5);
const EXPORTS = 4;

poolPerTest();

it.each(Array.from({ length: POOLS }, (_, at) => FIRST_SEED + at))(
  'whatever happens to a disk between its exports, each holds what it held then, seed %i',
  async (seed) => {
    const random = new Random('troubled pools', seed);
    const disk = await TroubledDisk.of(connection, random);
    for (let count = 0; count < EXPORTS; count++) {
      if (count > 0) await disk.live();
      const after = random.pick(['keep', 'purge', 'purge'] as const);
      const exported = await runExport(connection, { diskUuids: [disk.uuid], targetFolder: to, after });
      disk.story.push(`EXPORT ${exported.job.state} ${exported.manifest?.mode}`);
      expect(exported.job.state, disk.story.join('; ')).toBe('done');
      const truth = await truthOf(connection, disk.uuid, folder.path);
      await judgeExport('qcow2', exported, truth).catch((cause: unknown) => {
        throw new Error(disk.story.join('; '), { cause });
      });
    }
    if (process.env.DELTASCOPE_FUZZ_TELL) console.log(seed, disk.story.join('; '));
  },
  60_000,
);
