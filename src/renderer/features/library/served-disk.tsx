import { useEffect, useRef } from 'react';
import { manifestOf, type LibraryOperation } from '../../../shared/model/library-operation';
import { formatBytes } from '../../platform/format';
import { Button } from '../../ui/button';
import { Icon } from '../../ui/icon';
import { CopyLine } from '../../workbench/copy-line';
import { useServices } from '../../workbench/use-services';
import { exportName } from './export-files';

/** Where a served export can be read, and with what. */
export function ServedDisk({ operation }: { operation: LibraryOperation }) {
  const { commands } = useServices();
  const { id, result, request, doneBytes } = operation;
  const section = useRef<HTMLElement>(null);
  // It may begin below what is seen, and it is what the user has just asked for.
  useEffect(() => section.current?.scrollIntoView({ block: 'nearest' }), []);
  if (result?.kind !== 'serve') return null;
  const { uri } = result;
  const name = exportName(manifestOf(request) ?? '');
  return (
    <section ref={section} className="ds-served" aria-label="Served over NBD">
      <header>
        <Icon name="radio-tower" />
        <span>
          Served read-only to programs of this machine.{' '}
          <span className="ds-number">{formatBytes(doneBytes)}</span> read so far.
        </span>
        <Button icon="debug-stop" onClick={() => void commands.run('library.stop', id)}>
          Stop Serving
        </Button>
      </header>
      <CopyLine label="NBD address" text={uri} />
      <CopyLine label="What it is" text={`nbdinfo ${uri}`} />
      <CopyLine label="Copy it into a file" text={`nbdcopy ${uri} ${name}.raw`} />
      <CopyLine
        label="As a block device"
        text={`qemu-nbd --read-only --format=raw --connect=/dev/nbd0 ${uri}`}
      />
      <CopyLine label="Convert it" text={`qemu-img convert -p -O qcow2 ${uri} ${name}.qcow2`} />
    </section>
  );
}
