import type { ExportPlan } from '../../shared/model/export-plan';
import type { Finding } from '../../shared/model/finding';
import type { CliIo } from './io';
import { bold } from './terminal/colours';
import { formatBytes } from './terminal/units';

/** What will be done with each disk and why, then what to know about it. */
export function describePlan(plan: ExportPlan, io: CliIo): string {
  const disks = plan.disks.map(
    ({ diskName, mode, reason, sizeBytes, estimatedBytes, targetFolder, base }) => {
      const size = formatBytes(sizeBytes);
      const bytes =
        estimatedBytes === undefined
          ? `disk of ${size}`
          : base
            ? `about ${formatBytes(estimatedBytes)} of ${size}`
            : size;
      return `${bold(io, diskName)}: ${mode}${base ? ' increment' : ''}, ${bytes}\n  ${reason}\n  to ${targetFolder}\n`;
    },
  );
  return disks.join('') + describeFindings(plan.findings);
}

const WORDS: Record<Finding['severity'], string> = { block: 'NOT POSSIBLE', warn: 'warning', info: 'note' };

export const describeFindings = (findings: readonly Finding[]): string =>
  findings
    .map(({ severity, text, nextStep }) => `${WORDS[severity]}: ${text}\n  What to do: ${nextStep}\n`)
    .join('');
