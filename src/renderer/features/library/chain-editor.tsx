import { useEffect } from 'react';
import { useStore } from 'zustand';
import { formatBytes, plural } from '../../platform/format';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { EmptyState, ErrorState, LoadingState } from '../../ui/states';
import type { EditorParams } from '../../workbench/registries';
import { useServices } from '../../workbench/use-services';
import { ChainEntry } from './chain-entry';
import { scanFolder } from './library-commands';

/** The exports of one disk: full exports and the increments that build on them. */
export function ChainEditor({ params: { root = '', disk: diskUuid = '' } }: { params: EditorParams }) {
  const services = useServices();
  const { library, commands } = services;
  const scan = useStore(library, ({ scans }) => scans.get(root));
  useEffect(() => {
    if (!library.getState().scans.has(root)) void scanFolder(services, root);
  }, [root, library, services]);

  if (scan === undefined || scan.state === 'scanning') return <LoadingState text="Reading the folder…" />;
  if (scan.state === 'failed') {
    return (
      <ErrorState failure={scan.failure}>
        <Button icon="refresh" onClick={() => void scanFolder(services, root)}>
          Read it again
        </Button>
      </ErrorState>
    );
  }
  const disk = scan.disks.find((found) => found.diskUuid === diskUuid);
  if (disk === undefined)
    return <EmptyState icon="archive" title="The exports of this disk are no longer there." />;
  const total = disk.entries.reduce((sum, { manifest }) => sum + manifest.image.fileBytes, 0);
  const newest = disk.entries.at(-1);
  return (
    <div className="ds-page">
      <header className="ds-object-header">
        <div className="ds-object-name">
          <p className="ds-muted ds-truncate ds-selectable">{disk.folder}</p>
          <h1>
            <Icon name="archive" />
            <span className="ds-truncate">{disk.diskName}</span>
          </h1>
        </div>
        <div className="ds-object-actions">
          {newest !== undefined && (
            <>
              <Button
                icon="folder-opened"
                onClick={() => void commands.run('library.reveal', newest.manifestPath)}
              >
                Show in Folder
              </Button>
              <Button
                icon="verified"
                kind="primary"
                onClick={() =>
                  void commands.run('library.verify', { manifestPath: newest.manifestPath, chain: true })
                }
              >
                Verify the Newest Chain
              </Button>
            </>
          )}
        </div>
      </header>
      <p className="ds-muted">
        {plural(disk.entries.length, 'export')}, {formatBytes(total)} in all. Each increment needs the exports
        above it up to the full one.
      </p>
      <ol className="ds-chain">
        {disk.entries.map((entry) => (
          <ChainEntry key={entry.manifestPath} entry={entry} />
        ))}
      </ol>
    </div>
  );
}
