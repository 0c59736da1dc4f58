import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { formatAgo } from '../../platform/format';
import { jobRef } from '../../platform/object-ref';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { useServices } from '../../workbench/use-services';

const MOST = 5;

export function RecentExports() {
  const { jobs: store, commands } = useServices();
  const jobs = useStore(
    store,
    useShallow(({ order, jobs: all }) =>
      order
        .flatMap((id) => all.get(id) ?? [])
        .filter(({ state }) => state === 'done')
        .slice(0, MOST),
    ),
  );
  return (
    <Section title="Recent exports">
      {jobs.length === 0 ? (
        <p className="ds-muted">Finished exports are listed here.</p>
      ) : (
        <ul className="ds-welcome-list">
          {jobs.map((job) => (
            <li key={job.id}>
              <button
                type="button"
                className="ds-welcome-action"
                onClick={() => void commands.run('job.open', jobRef(job.id))}
              >
                <Icon name="archive" />
                <span>{job.title}</span>
              </button>
              <span className="ds-muted">{formatAgo(job.endedAt ?? job.createdAt)}</span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
