import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Certificates } from '../fixtures/certificates';
import type { Case } from './cases';
import type { Arena, Contestant } from './contestant';
import { measure, run, type Measurement } from './measure';
import { startServer } from './servers';

export interface Run extends Omit<Measurement, 'said'> {
  readonly case: string;
  readonly contestant: string;
  readonly round: number;
  /** Bytes of the disk that it read, by its own account; undefined: it does not say. */
  readonly readBytes: number | undefined;
  /** Space that its output takes. */
  readonly storedBytes: number;
}

const QEMU_FORMAT = { raw: 'raw', vhd: 'vpc', qcow2: 'qcow2' } as const;

/**
 * Runs the contestants in turns, each turn in another order. The first turn is not measured: it warms up, and the
 * images it leaves must equal the disk.
 */
export async function runCase(
  contest: Case,
  arena: Arena,
  certificates: Certificates,
  rounds: number,
  say: (text: string) => void,
): Promise<Run[]> {
  const server = await startServer(arena.disk, contest.server, contest.transport, certificates);
  const folder = join(contest.target === 'disk' ? arena.diskFolder : arena.folder, 'output');
  const output = join(folder, 'image');
  const runs: Run[] = [];
  const leftOut = new Set<Contestant>();
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const contestant of turned(contest.contestants, round)) {
        const command = contestant.command(arena, server, contest.transport, output);
        if (!command || leftOut.has(contestant)) continue;
        mkdirSync(folder);
        try {
          const measured = await measure(command, join(arena.folder, 'notes'));
          if (round === 0 && contestant.isFull) await demandEqual(arena.disk, output, contestant);
          if (round > 0) runs.push(toRun(contest, contestant, round, measured, folder));
          say(`${contest.name} ${round}/${rounds} ${contestant.name}: ${measured.wallSeconds.toFixed(2)} s`);
        } catch (error) {
          if (contestant.name.startsWith('deltascope')) throw error;
          leftOut.add(contestant);
          say(`${contestant.name} is left out of ${contest.name}: ${(error as Error).message}`);
        }
        rmSync(folder, { recursive: true });
      }
    }
    return runs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  }
}

const turned = <T>(list: readonly T[], by: number): readonly T[] => {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
};

function toRun(
  contest: Case,
  contestant: Contestant,
  round: number,
  measured: Measurement,
  folder: string,
): Run {
  const { said, ...numbers } = measured;
  let storedBytes = 0;
  for (const name of readdirSync(folder)) storedBytes += statSync(join(folder, name)).blocks * 512;
  return {
    ...numbers,
    case: contest.name,
    contestant: contestant.name,
    round,
    readBytes: typeof said.readBytes === 'number' ? said.readBytes : undefined,
    storedBytes,
  };
}

async function demandEqual(disk: string, output: string, { writes, name }: Contestant): Promise<void> {
  // qemu 7.2 refuses the size that Xen Orchestra gives a VHD; their images are not ours to judge.
  if (writes === 'none' || name.startsWith('Xen Orchestra')) return;
  const args = ['compare', '-f', 'raw', '-F', QEMU_FORMAT[writes], disk, output];
  await run({ program: 'qemu-img', args });
}
