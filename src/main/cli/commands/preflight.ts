import { unwrap } from '../../../shared/model/result';
import { planExport } from '../../engine/export/plan/plan-export';
import { jsonLine, type AddCommand } from '../context';
import { describePlan } from '../describe-plan';
import { EXIT } from '../exit-codes';
import { requestOf, withExportFlags, type ExportFlags } from '../export-flags';
import { onPool } from '../pool-flags';

const DESCRIPTION = `Says what "deltascope export" with the same options would do: for each disk the mode and why, the base, the
bytes to read and the target. Nothing is changed. Exit code 3: the export would be refused.`;

export const addPreflight: AddCommand = (program, context) => {
  withExportFlags(program.command('preflight'))
    .summary('say what an export would do, without doing it')
    .description(DESCRIPTION)
    .action((words: string[], flags: ExportFlags) =>
      onPool(flags, context, async (pool) => {
        const plan = unwrap(await planExport(pool, requestOf(words, flags, pool)));
        if (flags.json) jsonLine(context.io, { event: 'plan', ...plan });
        else context.io.out(`${describePlan(plan, context.io)}${plan.commandLine}\n`);
        if (!plan.canStart) context.setExitCode(EXIT.refused);
      }),
    );
};
