import { useState } from 'react';
import { jobRef } from '../../platform/object-ref';
import { formatAgo, formatShortAgo } from '../../platform/format';
import { Icon } from '../../ui/icon';
import { EmptyState } from '../../ui/states';
import { Tree } from '../../ui/tree/tree';
import type { TreeRow } from '../../ui/tree/tree-model';
import { objectContext } from '../../workbench/object-context';
import { useServices } from '../../workbench/use-services';
import { JOB_STATES, LEFT_BEHIND } from './job-states';
import { useJobList } from './use-job-list';

/** The side bar's list of jobs. */
export function JobsView() {
  const services = useServices();
  const { commands, contextMenu, selection } = services;
  const jobs = useJobList();
  const [focusedId, setFocusedId] = useState<string>();
  if (jobs.length === 0) {
    return (
      <EmptyState
        icon="tasklist"
        title="No jobs yet"
        text="Exports appear here, with how they went. Select a disk or a VM in the Pools view and export it."
      />
    );
  }
  const rows: TreeRow[] = jobs.map(({ id, title }, index) => ({
    id,
    label: title,
    level: 1,
    expandable: false,
    expanded: false,
    position: index + 1,
    siblings: jobs.length,
  }));
  return (
    <Tree
      label="Jobs"
      rows={rows}
      focusedId={focusedId}
      onFocus={({ id }) => {
        setFocusedId(id);
        selection.select(jobRef(id));
      }}
      onToggle={() => undefined}
      onOpen={({ id }, { pinned, viaKeyboard }) =>
        void commands.run('object.open', jobRef(id), {
          preview: !pinned,
          preserveFocus: !pinned && !viaKeyboard,
        })
      }
      onContextMenu={({ id }, { x, y }) =>
        contextMenu.show({
          menu: 'job',
          x,
          y,
          args: [jobRef(id)],
          overlay: objectContext(services, jobRef(id)),
          returnFocus: document.activeElement instanceof HTMLElement ? document.activeElement : undefined,
        })
      }
      renderRow={({ position }) => {
        const job = jobs[position - 1];
        const { icon, text, tone } = JOB_STATES[job.state];
        const at = job.endedAt ?? job.createdAt;
        return (
          <>
            <Icon name={icon} spin={job.state === 'running'} className={`ds-tone-${tone}`} label={text} />
            <span className="ds-tree-text ds-truncate" title={`${job.title}, ${formatAgo(at)}`}>
              {job.title}
            </span>
            <span className="ds-tree-end">
              {job.leftBehind !== undefined && (
                <Icon name={LEFT_BEHIND.icon} className={LEFT_BEHIND.className} label={LEFT_BEHIND.text} />
              )}
              <span className="ds-tree-description">{formatShortAgo(at)}</span>
            </span>
          </>
        );
      }}
    />
  );
}
