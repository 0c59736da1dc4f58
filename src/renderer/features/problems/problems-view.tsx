import { useStore } from 'zustand';
import type { Finding } from '../../../shared/model/finding';
import { plural } from '../../platform/format';
import type { ObjectRef } from '../../platform/object-ref';
import type { PoolProblems } from '../../stores/problems';
import { Icon } from '../../ui/icon';
import { EmptyState, FailureNote, LoadingState } from '../../ui/states';
import { FindingAction } from '../../workbench/finding-action';
import { usePool } from '../../workbench/use-objects';
import { useServices } from '../../workbench/use-services';
import './problems.css';

/** Findings over all disks of the connected pools, each with its next step. */
export function ProblemsView() {
  const { problems } = useServices();
  const byPool = useStore(problems, (state) => state.byPool);
  if (byPool.size === 0) {
    return (
      <EmptyState
        icon="checklist"
        title="Nothing to look at"
        text="Connect to a pool: what stands in the way of an export is listed here."
      />
    );
  }
  return (
    <div className="ds-problems">
      {[...byPool].map(([poolId, entry]) => (
        <PoolFindings key={poolId} poolId={poolId} entry={entry} />
      ))}
    </div>
  );
}

function PoolFindings({ poolId, entry }: { poolId: string; entry: PoolProblems }) {
  const pool = usePool(poolId);
  const name = pool?.name ?? poolId;
  if (entry.state === 'loading') return <LoadingState text={`Looking over ${name}…`} />;
  if (entry.state === 'failed') return <FailureNote failure={entry.failure} />;
  const sorted = [...entry.findings].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  return (
    <section aria-label={name}>
      <h3>
        <Icon name="server-environment" />
        {name}
        <span className="ds-muted">
          {sorted.length === 0 ? 'no problems' : plural(sorted.length, 'finding')}
          {pool?.isDemo === true && ' · demo pool'}
        </span>
      </h3>
      <ul>
        {sorted.map((finding, index) => (
          <FindingRow
            key={`${finding.code}/${finding.objectUuid ?? index}`}
            poolId={poolId}
            finding={finding}
          />
        ))}
      </ul>
    </section>
  );
}

const RANK = { block: 0, warn: 1, info: 2 } as const;
const ICONS = { block: 'error', warn: 'warning', info: 'info' } as const;
const TONES = { block: 'error', warn: 'warning', info: 'info' } as const;
const WORDS = { block: 'blocks an export', warn: 'warning', info: 'information' } as const;

function FindingRow({ poolId, finding }: { poolId: string; finding: Finding }) {
  const { inventory } = useServices();
  const found =
    finding.objectUuid === undefined ? undefined : inventory.pool(poolId)?.find(finding.objectUuid);
  const ref: ObjectRef | undefined =
    found === undefined || found.kind === 'storage' || found.kind === 'host'
      ? undefined
      : { kind: found.kind, poolId, uuid: found.object.uuid };
  return (
    <li>
      <Icon
        name={ICONS[finding.severity]}
        className={`ds-tone-${TONES[finding.severity]}`}
        label={WORDS[finding.severity]}
      />
      <div>
        <p>
          <FindingText text={finding.text} name={found?.object.name} about={ref} />
        </p>
        <p className="ds-muted ds-selectable">{finding.nextStep}</p>
      </div>
      <FindingAction poolId={poolId} finding={finding} />
    </li>
  );
}

interface FindingTextProps {
  readonly text: string;
  readonly name: string | undefined;
  readonly about: ObjectRef | undefined;
}

/** The text of a finding, in which the name of its object leads there. */
function FindingText({ text, name, about }: FindingTextProps) {
  const { commands } = useServices();
  if (name === undefined || about === undefined) return <span className="ds-selectable">{text}</span>;
  const at = text.indexOf(name);
  const [before, after] = at < 0 ? ['', `: ${text}`] : [text.slice(0, at), text.slice(at + name.length)];
  const mark = /^[.,:;]*/.exec(after)?.[0] ?? '';
  return (
    <>
      <span className="ds-selectable">{before}</span>
      {/* What follows a name without a space is on the line on which the name ends. */}
      <span className="ds-problems-name">
        <button type="button" className="ds-link" onClick={() => void commands.run('object.open', about)}>
          {name}
        </button>
        <span className="ds-selectable">{mark}</span>
      </span>
      <span className="ds-selectable">{after.slice(mark.length)}</span>
    </>
  );
}
