import type { ExportMode } from '../../../shared/model/export-plan';
import type { LibraryEntry } from '../../../shared/model/library';
import { formatAgo, formatBytes, formatDateTime } from '../../platform/format';
import { diskRef } from '../../platform/object-ref';
import { Facts } from '../../ui/facts';
import { useServices } from '../../workbench/use-services';
import { useSourceOf } from './source-of';

const MODES: Record<ExportMode, string> = {
  full: 'Full',
  cbt: 'CBT',
  compare: 'Compared with the base',
  stream: 'Stream',
};

/** What a link holds, how it was made and of what. */
export function LinkFacts({ entry: { manifest } }: { entry: LibraryEntry }) {
  const { image, mode, reason, snapshot, bytes, parent, tool } = manifest;
  const modeName = MODES[mode];
  const leftOut = [
    ...(bytes.zero > 0 ? [`${formatBytes(bytes.zero)} of it zero`] : []),
    ...(bytes.equal > 0 ? [`${formatBytes(bytes.equal)} of it equal to the base`] : []),
  ].join(', ');
  return (
    <Facts
      facts={[
        {
          name: 'Taken',
          value: `${formatDateTime(snapshot.takenAt)} (${formatAgo(snapshot.takenAt)})`,
          title: `by ${tool.name} ${tool.version}`,
        },
        { name: 'Mode', value: `${modeName}. ${reason}` },
        {
          name: 'Content',
          value: `${image.format}, ${formatBytes(bytes.read)} read${leftOut === '' ? '' : `, ${leftOut}`}`,
        },
        ...(parent === undefined ? [] : [{ name: 'Builds on', value: parent.imageFile }]),
        { name: 'Snapshot', value: <Source entry={manifest} /> },
      ]}
    />
  );
}

/** Whether the pool still has what the export was made of. */
function Source({ entry: manifest }: { entry: LibraryEntry['manifest'] }) {
  const { commands } = useServices();
  const source = useSourceOf(manifest);
  if (source === undefined) return `unknown while pool ${manifest.pool.name} is not connected`;
  const { poolId, poolName, state, diskThere, snapshotName } = source;
  const name = snapshotName === '' ? manifest.snapshot.uuid : snapshotName;
  const text = {
    data: `“${name}” on ${poolName}, with its data`,
    metadata: `“${name}” on ${poolName}, change log only: a base for increments, nothing to compare with`,
    gone: `gone from ${poolName}`,
  }[state];
  return (
    <>
      <span className="ds-chain-source">{text} </span>
      {diskThere && (
        <button
          type="button"
          className="ds-link"
          onClick={() => void commands.run('object.open', diskRef(poolId, manifest.disk.uuid))}
        >
          Show the disk
        </button>
      )}
    </>
  );
}
