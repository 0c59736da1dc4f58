import type { DiskPlan, ExportRequest } from '../../../../shared/model/export-plan';
import type { Finding } from '../../../../shared/model/finding';
import type { Disk, Storage } from '../../../../shared/model/inventory';
import { MAX_DISK_BYTES } from '../../image/vhd/constants';
import type { ModeChoice } from './choose-mode';

/** What to say about one disk of a plan beyond the pool's own findings. */
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
  if (request.format === 'vhd' && disk.sizeBytes > MAX_DISK_BYTES) {
    findings.push({
      code: 'too-large-for-vhd',
      severity: 'block',
      text: `${disk.name} is larger than a VHD can be (2040 GiB).`,
      nextStep: 'Choose qcow2 or raw.',
      ...about,
    });
  }
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

/** Whether the target has room. Unknown sizes are not guessed. */
export function spaceFindings(disks: readonly DiskPlan[], free: number | undefined): Finding[] {
  const known = disks.flatMap(({ estimatedBytes }) => estimatedBytes ?? []);
  const needed = known.reduce((sum, bytes) => sum + bytes, 0);
  if (free === undefined || needed <= free) return [];
  return [
    {
      code: 'target-space',
      severity: 'warn',
      text: `The target has ${free} bytes free; up to ${needed} bytes will be read, of which zeros take no space.`,
      nextStep: 'Free some space or choose another target, unless the disks are mostly empty.',
    },
  ];
}
