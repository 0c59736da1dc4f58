import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useShallow } from 'zustand/react/shallow';
import { formatTime } from '../../platform/format';
import { Icon } from '../../ui/icon';
import { Section } from '../../ui/section';
import { useServices } from '../../workbench/use-services';

const LEVELS = { info: 'info', warn: 'warning', error: 'error' } as const;

/** What one job said, from its beginning. */
export function JobLogView({ jobId }: { jobId: string }) {
  const { jobLog, engine } = useServices();
  const entries = useStore(
    jobLog,
    useShallow(({ entries: all }) => all.filter((entry) => entry.jobId === jobId)),
  );
  useEffect(() => {
    void engine.ask('jobs.log', { jobId }).then((answer) => answer && jobLog.load(jobId, answer.value));
  }, [engine, jobLog, jobId]);
  return (
    <Section title="Log">
      {entries.length === 0 ? (
        <p className="ds-muted">Nothing yet.</p>
      ) : (
        <div className="ds-job-log ds-selectable" role="log" aria-label="Log of this job" tabIndex={0}>
          <ol>
            {entries.map(({ at, level, text }, index) => (
              <li key={index}>
                <time dateTime={at}>{formatTime(at)}</time>
                <Icon name={LEVELS[level]} className={`ds-tone-${LEVELS[level]}`} label={level} />
                <span>{text}</span>
              </li>
            ))}
          </ol>
        </div>
      )}
    </Section>
  );
}
