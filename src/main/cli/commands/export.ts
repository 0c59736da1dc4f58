import { unwrap } from '../../../shared/model/result';
import { planExport } from '../../engine/export/plan/plan-export';
import { jsonLine, type AddCommand } from '../context';
import { describePlan } from '../describe-plan';
import { EXIT, exitCodeOfJob } from '../exit-codes';
import { requestOf, withExportFlags, type ExportFlags } from '../export-flags';
import { onPool } from '../pool-flags';
import { runJob } from '../run-job';

const DESCRIPTION = `Exports disks into images with manifest and checksums, full or as increments on the newest usable export in the
target folder. The mode is chosen and explained before anything is done; asked for explicitly, a mode that is not
possible is refused (exit code 3). The disks of a VM are snapshotted together. Ctrl+C cancels and cleans up.`;

export const addExport: AddCommand = (program, context) => {
  withExportFlags(program.command('export'))
    .summary('export disks, full or exactly what changed')
    .description(DESCRIPTION)
    .action((words: string[], flags: ExportFlags) =>
      onPool(flags, context, async (pool) => {
        const plan = unwrap(await planExport(pool, requestOf(words, flags, pool)));
        if (flags.json) jsonLine(context.io, { event: 'plan', ...plan });
        else context.io.out(describePlan(plan, context.io));
        if (!plan.canStart) {
          context.setExitCode(EXIT.refused);
          return;
        }
        const job = await runJob(plan, pool, context, { json: flags.json ?? false });
        context.setExitCode(exitCodeOfJob(job, 'done'));
      }),
    );
};
