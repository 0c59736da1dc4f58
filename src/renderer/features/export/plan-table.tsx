import type { ExportMode, ExportPlan } from '../../../shared/model/export-plan';
import { formatBytes, formatShare, formatShortDateTime } from '../../platform/format';
import { TableFrame } from '../../ui/table-frame';
import { Badge, type Tone } from '../../ui/badge';

const MODES: Record<ExportMode, { text: string; tone: Tone }> = {
  full: { text: 'Full', tone: 'neutral' },
  cbt: { text: 'Increment', tone: 'success' },
  compare: { text: 'Increment by comparison', tone: 'info' },
  stream: { text: 'Stream', tone: 'warning' },
};

export function PlanTable({ plan }: { plan: ExportPlan }) {
  return (
    <TableFrame label="Plan per disk">
      <table className="ds-table ds-plan-table" aria-label="Plan per disk">
        <thead>
          <tr>
            <th scope="col">Disk</th>
            <th scope="col">Mode, reason and target</th>
            <th scope="col">Base</th>
            <th scope="col" className="ds-number">
              To read
            </th>
          </tr>
        </thead>
        <tbody>
          {plan.disks.map(
            ({ diskUuid, diskName, sizeBytes, mode, reason, base, estimatedBytes, targetFolder }) => (
              <tr key={diskUuid}>
                <th scope="row">
                  {diskName}
                  <div className="ds-muted">{formatBytes(sizeBytes)}</div>
                </th>
                <td>
                  <Badge tone={MODES[mode].tone}>{MODES[mode].text}</Badge>
                  <div className="ds-selectable">{reason}</div>
                  <div className="ds-plan-path ds-muted ds-selectable">→ {targetFolder}</div>
                </td>
                <td>
                  {base === undefined ? (
                    <span className="ds-muted">none</span>
                  ) : (
                    <span className="ds-plan-base" title={base.manifestPath}>
                      {fileName(base.imagePath)}
                      <div className="ds-muted">{formatShortDateTime(base.takenAt)}</div>
                    </span>
                  )}
                </td>
                <td className="ds-number">
                  {estimatedBytes === undefined ? (
                    <span className="ds-muted">not known yet</span>
                  ) : (
                    <>
                      {readsAtMost(mode) && <span className="ds-muted">up to </span>}
                      {formatBytes(estimatedBytes)}
                      <div className="ds-muted">{formatShare(estimatedBytes, sizeBytes)}</div>
                    </>
                  )}
                </td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </TableFrame>
  );
}

/** What a full export leaves out is only known once the host lists what is in use. */
export const readsAtMost = (mode: ExportMode): boolean => mode === 'full' || mode === 'stream';

const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
