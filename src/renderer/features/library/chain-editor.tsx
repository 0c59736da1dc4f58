import { useEffect, useMemo } from 'react';
import { useStore } from 'zustand';
import type { LibraryDisk } from '../../../shared/model/library';
import { formatDateTime } from '../../platform/format';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/facts';
import { EmptyState, ErrorState, LoadingState } from '../../ui/states';
import type { EditorParams } from '../../workbench/registries';
import { useServices } from '../../workbench/use-services';
import { ChainHeader } from './chain-header';
import { ChainSection } from './chain-section';
import { chainsOf } from './chains';
import { scanFolder } from './folder-commands';

/** The exports of one disk: full exports and the increments that build on them. */
export function ChainEditor({ params }: { params: EditorParams }) {
  const { root = '', folder = '', disk: diskUuid = '' } = params;
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
  const disk = scan.disks.find(
    (found) => found.diskUuid === diskUuid && (folder === '' || found.folder === folder),
  );
  if (disk === undefined) {
    return (
      <EmptyState
        page
        icon="archive"
        title="The exports of this disk are no longer there."
        text={`Nothing was found in ${folder === '' ? root : folder}. If the folder was moved, open it at its new place.`}
      >
        <Button icon="refresh" onClick={() => void scanFolder(services, root)}>
          Read it again
        </Button>
        <Button icon="new-folder" onClick={() => void commands.run('library.addFolder')}>
          Open a Folder of Exports…
        </Button>
      </EmptyState>
    );
  }
  return <Chains disk={disk} />;
}

function Chains({ disk }: { disk: LibraryDisk }) {
  const { library } = useServices();
  const selected = useStore(library, (state) => state.selected);
  const newest = disk.entries.at(-1);
  const isOurs = disk.entries.some(({ manifestPath }) => manifestPath === selected);
  // Commands act on the newest export until another one is chosen.
  useEffect(() => {
    if (!isOurs) library.select(newest?.manifestPath);
    // Only when another disk is shown: two editors side by side must not take the choice from each other.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [disk.folder, disk.diskUuid, library]);
  const chains = useMemo(() => chainsOf(disk.entries), [disk.entries]);
  const largest = Math.max(1, ...disk.entries.map(({ manifest }) => manifest.image.fileBytes));
  if (newest === undefined) return null;
  const { vm, pool, disk: source, snapshot } = newest.manifest;
  return (
    <div className="ds-page">
      <ChainHeader disk={disk} />
      <Facts
        facts={[
          { name: 'Disk of', value: vm === undefined ? 'no VM' : vm.name },
          { name: 'Came from', value: `${source.storage}, pool ${pool.name}` },
          { name: 'Newest state', value: formatDateTime(snapshot.takenAt) },
          { name: 'Folder', value: disk.folder },
        ]}
      />
      {chains.map((chain, index) => (
        <ChainSection
          key={chain.root.manifestPath}
          chain={chain}
          entries={disk.entries}
          largest={largest}
          title={chains.length === 1 ? 'Chain' : `Chain ${index + 1} of ${chains.length}`}
        />
      ))}
    </div>
  );
}
