import { useStore } from 'zustand';
import type { LibraryDisk } from '../../../shared/model/library';
import { formatBytes, plural } from '../../platform/format';
import { Badge } from '../../ui/badge';
import { Icon } from '../../ui/icon';
import { CommandButton } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';
import { LINK_STATES, linkState, worstOf } from './link-state';
import { useExportContext } from './use-export-context';

/** Name and state of a disk's exports, and what is done most often with the newest of them. */
export function ChainHeader({ disk }: { disk: LibraryDisk }) {
  const { layout } = useServices();
  const verdicts = useStore(layout, (state) => state.verdicts);
  const worst = worstOf(disk.entries.map((entry) => linkState(entry, disk.entries, verdicts)));
  const { icon, tone, text } = LINK_STATES[worst];
  const total = disk.entries.reduce((sum, { manifest }) => sum + manifest.image.fileBytes, 0);
  const newest = disk.entries.at(-1)?.manifestPath ?? '';
  const overlay = useExportContext(newest);
  const common = { args: [newest], overlay };
  return (
    <header className="ds-object-header">
      <div className="ds-object-name">
        <p className="ds-muted">
          {plural(disk.entries.length, 'export')}, {formatBytes(total)}
          {disk.entries.length > 1 && ' in all'}
        </p>
        <h1>
          <span className="ds-object-title">
            <Icon name="archive" />
            <span>{disk.diskName}</span>
          </span>
          <Badge tone={tone} icon={icon}>
            {worst === 'unknown' && disk.entries.length > 1 ? 'not all verified' : text}
          </Badge>
        </h1>
      </div>
      <div className="ds-object-actions">
        <CommandButton command="library.reveal" {...common} />
        <CommandButton command="library.verifyChain" title="Verify the Newest Chain" {...common} />
        <CommandButton command="library.restore" title="Restore the Newest…" kind="primary" {...common} />
      </div>
    </header>
  );
}
