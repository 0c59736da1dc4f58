import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { formatTime } from '../../platform/format';
import { Icon } from '../../ui/icon';
import { EmptyState } from '../../ui/states';
import { useServices } from '../../workbench/use-services';
import './log.css';

const LEVELS = { info: 'info', warn: 'warning', error: 'error' } as const;

/** What all jobs say, as they say it. Stays at the end while it is there. */
export function LogView() {
  const { jobLog, jobs } = useServices();
  const entries = useStore(jobLog, (state) => state.entries);
  const scroller = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  // Its functions change with every scroll; this component is not compiled, so nothing goes stale.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 22,
    overscan: 10,
  });
  useEffect(() => {
    if (atEnd && entries.length > 0) virtualizer.scrollToIndex(entries.length - 1, { align: 'end' });
  }, [entries.length, atEnd, virtualizer]);

  if (entries.length === 0) {
    return <EmptyState icon="output" title="The log is empty" text="Running jobs write what they do here." />;
  }
  const onScroll = (): void => {
    const box = scroller.current;
    if (box !== null) setAtEnd(box.scrollHeight - box.scrollTop - box.clientHeight < 40);
  };
  return (
    <div
      className="ds-log"
      ref={scroller}
      onScroll={onScroll}
      role="log"
      aria-label="Log of all jobs"
      tabIndex={0}
    >
      <div style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
        {virtualizer.getVirtualItems().map(({ index, start, key }) => {
          const { at, level, text, jobId } = entries[index];
          return (
            <div key={key} className="ds-log-row" style={{ transform: `translateY(${start}px)` }}>
              <time dateTime={at}>{formatTime(at)}</time>
              <Icon name={LEVELS[level]} className={`ds-tone-${LEVELS[level]}`} label={level} />
              <span className="ds-log-job ds-muted ds-truncate">{jobs.byId(jobId)?.title ?? jobId}</span>
              <span className="ds-truncate ds-selectable" title={text}>
                {text}
              </span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
