import { useStore } from 'zustand';
import type { LibraryEntry } from '../../../shared/model/library';
import { formatAgo, formatBytes, formatDateTime } from '../../platform/format';
import { Badge } from '../../ui/badge';
import { Facts } from '../../ui/facts';
import { Icon } from '../../ui/icon';
import { IconButton } from '../../ui/icon-button';
import { FailureNote } from '../../ui/states';
import { useServices } from '../../workbench/use-services';
import { VerificationState } from './verification-state';

/** One link of a chain. */
export function ChainEntry({ entry }: { entry: LibraryEntry }) {
  const { library, commands } = useServices();
  const { manifest, manifestPath, failure } = entry;
  const { image, mode, reason, snapshot, bytes, parent, tool } = manifest;
  const verification = useStore(library, ({ verifications }) => verifications.get(manifestPath));
  const busy = verification?.state === 'running';
  return (
    <li className={parent === undefined ? 'is-full' : ''}>
      <span className="ds-chain-mark">
        <Icon name={parent === undefined ? 'database' : 'diff'} />
      </span>
      <article aria-label={image.file}>
        <header>
          <h2 className="ds-selectable">{image.file}</h2>
          <Badge tone={parent === undefined ? 'neutral' : 'success'}>
            {parent === undefined ? 'full' : 'increment'}
          </Badge>
          <span className="ds-chain-actions">
            <IconButton
              icon="verified"
              label={`Verify ${image.file}`}
              disabled={busy}
              onClick={() => void commands.run('library.verify', { manifestPath, chain: false })}
            />
            <IconButton
              icon="folder-opened"
              label={`Show ${image.file} in its folder`}
              onClick={() => void commands.run('library.reveal', manifestPath)}
            />
          </span>
        </header>
        {failure !== undefined && <FailureNote failure={failure} />}
        <Facts
          facts={[
            { name: 'File', value: `${formatBytes(image.fileBytes)}, ${image.format}` },
            {
              name: 'Read',
              value: `${formatBytes(bytes.read)}, of it ${formatBytes(bytes.zero)} zero and ${formatBytes(bytes.equal)} equal to the base`,
            },
            { name: 'Mode', value: `${mode}: ${reason}` },
            ...(parent === undefined ? [] : [{ name: 'Builds on', value: parent.imageFile }]),
            {
              name: 'Taken',
              value: `${formatDateTime(snapshot.takenAt)} (${formatAgo(snapshot.takenAt)})`,
              title: `by ${tool.name} ${tool.version}`,
            },
          ]}
        />
        {verification !== undefined && <VerificationState verification={verification} />}
      </article>
    </li>
  );
}
