import type { ExportMode, ExportPlan } from '../../../shared/model/export-plan';
import { formatBytes, formatDateTime, formatShare } from '../../platform/format';
import { Badge, type Tone } from '../../ui/badge';

const MODES: Record<ExportMode, { text: string; tone: Tone }> = {
  full: { text: 'Full', tone: 'neutral' },
  cbt: { text: 'Increment', tone: 'success' },
  compare: { text: 'Increment by comparison', tone: 'info' },
  stream: { text: 'Stream', tone: 'warning' },
};

export function PlanTable({ plan }: { plan: ExportPlan }) {
  return (
    <div className="ds-table-frame">
      <table className="ds-table ds-plan-table" aria-label="Plan per disk">
        <thead>
          <tr>
            <th scope="col">Disk</th>
            <th scope="col">Mode and reason</th>
            <th scope="col">Base</th>
            <th scope="col" className="ds-number">
              To read
            </th>
            <th scope="col">Target</th>
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
                </td>
                <td>
                  {base === undefined ? (
                    <span className="ds-muted">none</span>
                  ) : (
                    <span title={base.manifestPath}>
                      {fileName(base.imagePath)}
                      <div className="ds-muted">{formatDateTime(base.takenAt)}</div>
                    </span>
                  )}
                </td>
                <td className="ds-number">
                  {estimatedBytes === undefined ? (
                    <span className="ds-muted">not known yet</span>
                  ) : (
                    <>
                      {formatBytes(estimatedBytes)}
                      <div className="ds-muted">{formatShare(estimatedBytes, sizeBytes)}</div>
                    </>
                  )}
                </td>
                <td className="ds-selectable ds-plan-path">{targetFolder}</td>
              </tr>
            ),
          )}
        </tbody>
      </table>
    </div>
  );
}

const fileName = (path: string): string => path.split(/[\\/]/).at(-1) ?? path;
