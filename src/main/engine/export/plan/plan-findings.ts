import type { ExportRequest } from '../../../../shared/model/export-plan';
import type { Finding } from '../../../../shared/model/finding';
import type { Disk, Storage } from '../../../../shared/model/inventory';
import type { ModeChoice } from './choose-mode';

/** What the chosen mode and ending mean for one disk, beyond the preflight's findings about pool and target. */
export function diskFindings(
  choice: ModeChoice,
  request: ExportRequest,
  disk: Disk,
  storage: Storage | undefined,
): Finding[] {
  const about = { objectUuid: disk.uuid };
  const findings: Finding[] = [];
  if (choice.refusal)
    findings.push({ code: 'mode-not-possible', severity: 'block', ...choice.refusal, ...about });
  if (request.after === 'purge' && !disk.cbtEnabled) {
    findings.push(
      storage?.supportsCbt
        ? {
            code: 'cbt-will-be-enabled',
            severity: 'info',
            text: `Changed block tracking will be switched on for ${disk.name}, so that its snapshot can be reduced to change metadata.`,
            nextStep: 'Nothing to do. Choose another ending (keep or remove) if tracking should stay off.',
            ...about,
          }
        : {
            code: 'purge-removes-snapshot',
            severity: 'warn',
            text: `The storage of ${disk.name} cannot track changes, so its snapshot will be removed instead of reduced.`,
            nextStep: 'The next export will be a full one, unless the snapshot is kept with its data (keep).',
            ...about,
          },
    );
  }
  return findings;
}
