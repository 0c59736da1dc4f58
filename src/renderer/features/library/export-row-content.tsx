import { useStore } from 'zustand';
import type { LibraryDisk, LibraryEntry, LibraryProblem } from '../../../shared/model/library';
import { formatBytes, plural } from '../../platform/format';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/icon-button';
import { useServices } from '../../workbench/use-services';
import type { ExportsRow } from './export-rows';
import { LINK_STATES, linkState, worstOf, type LinkState } from './link-state';

export function ExportRowContent({ row }: { row: ExportsRow }) {
  const { layout } = useServices();
  const verdicts = useStore(layout, (state) => state.verdicts);
  const { disk, entry, problem } = row;
  if (problem !== undefined) return <ProblemRow label={row.label} problem={problem} />;
  if (disk === undefined) return <FolderRow row={row} />;
  if (entry !== undefined) {
    const { kind } = linkState(entry, disk.entries, verdicts);
    return <LinkRow label={row.label} entry={entry} kind={kind} />;
  }
  const worst = worstOf(disk.entries.map((link) => linkState(link, disk.entries, verdicts)));
  return <DiskRow disk={disk} kind={worst} />;
}

/** An icon of its own only for what needs attention. */
function StateIcon({ kind, icon }: { kind: LinkState['kind']; icon: string }) {
  const state = LINK_STATES[kind];
  const isWrong = state.tone === 'error' || state.tone === 'warning';
  return isWrong ? (
    <Icon name={state.icon} className={`ds-tone-${state.tone}`} label={state.text} />
  ) : (
    <Icon name={icon} />
  );
}

function DiskRow({ disk, kind }: { disk: LibraryDisk; kind: LinkState['kind'] }) {
  return (
    <>
      <StateIcon kind={kind} icon="archive" />
      <span className="ds-tree-text ds-truncate" title={`${disk.diskName}\n${disk.folder}`}>
        {disk.diskName}
        <span className="ds-tree-description ds-tree-figure">{plural(disk.entries.length, 'export')}</span>
      </span>
    </>
  );
}

function LinkRow({ label, entry, kind }: { label: string; entry: LibraryEntry; kind: LinkState['kind'] }) {
  const { image, parent } = entry.manifest;
  const type = parent === undefined ? 'full' : 'increment';
  return (
    <>
      <StateIcon kind={kind} icon={parent === undefined ? 'database' : 'diff-added'} />
      <span className="ds-tree-text ds-truncate" title={`${image.file}\n${LINK_STATES[kind].text}`}>
        {label}
        <span className="ds-tree-description">
          {type}, {formatBytes(image.fileBytes)}
        </span>
      </span>
    </>
  );
}

function ProblemRow({ label, problem: { path, failure } }: { label: string; problem: LibraryProblem }) {
  return (
    <>
      <Icon name="error" className="ds-tone-error" label="cannot be used" />
      <span className="ds-tree-text ds-truncate" title={`${path}\n${failure.message} ${failure.nextStep}`}>
        {label}
        <span className="ds-tree-description">{failure.message}</span>
      </span>
    </>
  );
}

function FolderRow({ row: { label, folder, scan } }: { row: ExportsRow }) {
  const { commands } = useServices();
  const failed = scan?.state === 'failed';
  const remark =
    scan === undefined || scan.state === 'scanning'
      ? 'reading…'
      : failed
        ? scan.failure.message
        : scan.disks.length + scan.problems.length === 0
          ? 'no exports'
          : '';
  const hint = failed ? `${remark} ${scan.failure.nextStep}` : remark;
  return (
    <>
      <Icon name={failed ? 'error' : 'folder'} {...(failed ? { className: 'ds-tone-error' } : {})} />
      <span className="ds-tree-text ds-truncate" title={hint === '' ? folder : `${folder}\n${hint}`}>
        {label}
        <span className="ds-tree-description">{remark}</span>
      </span>
      <span className="ds-tree-actions" aria-hidden="true">
        <IconButton
          icon="close"
          label="Take folder off the list"
          tabIndex={-1}
          onClick={() => void commands.run('library.removeFolder', folder)}
        />
      </span>
    </>
  );
}
