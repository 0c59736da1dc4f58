import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { unwrap } from '../../../shared/model/result';
import { makeFolder } from '../../engine/export/files/publish';
import { connectPool } from '../../engine/xapi';
import type { AddCommand, CliContext } from '../context';
import { EXIT } from '../exit-codes';
import { tellInventory } from '../tour/inventory';
import { Narrator } from '../tour/narrator';
import { tellTour } from '../tour/tour';
import { formatDuration } from '../terminal/units';
import { withDemoPool } from '../with-demo-pool';

const DESCRIPTION = `Shows the main job from end to end on a demo pool of its own, without a window: connect, changed block tracking,
full export over NBD with TLS, changes as a heatmap, an increment of exactly those blocks, and proof that both are
right. Nothing outside of this machine is touched. Exit code 0 only if both exports were verified.`;

export const addTour: AddCommand = (program, context) => {
  program
    .command('tour')
    .summary('the main job, end to end, on a demo pool')
    .description(DESCRIPTION)
    .option('--to <folder>', 'keep the exported files here (default: a temporary folder, removed at the end)')
    .action((flags: { to?: string }) => tour(flags.to, context));
};

/** The tour's jobs end with its pool: they are kept apart from the admin's own. */
const inHome = (context: CliContext, home: string): CliContext => ({
  ...context,
  io: { ...context.io, env: { ...context.io.env, DELTASCOPE_HOME: home } },
});

async function tour(to: string | undefined, context: CliContext): Promise<void> {
  const started = performance.now();
  const narrator = new Narrator(context.io);
  narrator.say(
    'A tour of Deltascope on a demo pool. It runs inside of this process; nothing else is touched.',
  );
  const folder = to === undefined ? await mkdtemp(join(tmpdir(), 'deltascope-tour-')) : resolve(to);
  const home = await mkdtemp(join(tmpdir(), 'deltascope-tour-home-'));
  try {
    await makeFolder(folder);
    await withDemoPool(context.files, {}, async (demo) => {
      narrator.chapter('Connecting');
      const { url, user, password, fingerprint } = demo;
      const pool = unwrap(await connectPool({ url, user, password, pin: { sha256: fingerprint } }));
      try {
        tellInventory(pool, narrator);
        const right = await tellTour(pool, folder, narrator, inHome(context, home));
        if (!right) context.setExitCode(EXIT.failed);
        const seconds = formatDuration((performance.now() - started) / 1000);
        narrator.chapter(right ? 'Done' : 'Something is wrong');
        narrator.say(
          right
            ? `Both exports are proved right. The tour took ${seconds}.`
            : 'Not everything could be proved. See above; please report this.',
        );
        if (to !== undefined) narrator.say(`The files are in ${folder}. Try: deltascope chain ${folder}`);
      } finally {
        await pool.close();
      }
    });
  } finally {
    await rm(home, { recursive: true, force: true });
    if (to === undefined) await rm(folder, { recursive: true, force: true });
  }
}
