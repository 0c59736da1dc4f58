import type { LibraryOperation, LibraryStep } from '../../../shared/model/library-operation';
import { formatBytes } from '../../platform/format';
import { exportName } from './export-files';

export const STEPS: Record<LibraryStep, string> = {
  waiting: 'Waiting for NBD connections that exports use',
  checking: 'Reading the files and comparing checksums',
  comparing: 'Comparing with the snapshot on the pool',
  merging: 'Merging the chain into one image',
  sending: 'Sending to the pool',
  proving: 'Reading the new disk back',
  serving: 'Serving over NBD, read-only',
  reading: 'Reading from the pool',
  rereading: 'Reading the file back',
};

const VERBS = { verify: 'Verify', flatten: 'Flatten', restore: 'Restore', serve: 'Serve' } as const;

export const operationTitle = ({ request }: LibraryOperation): string =>
  request.kind === 'range'
    ? `Save ${formatBytes(request.length)} of ${request.diskName}`
    : `${VERBS[request.kind]} ${exportName(request.manifestPath)}`;

/** What came of it, in a sentence. */
export function resultText({ result }: LibraryOperation): string {
  switch (result?.kind) {
    case 'verify': {
      const { sound, faults, images, comparedWithSource, notCompared } = result.report;
      if (!sound) return `damaged, ${faults[0]?.message ?? 'see the chain'}`;
      if (notCompared) return `not compared with the snapshot. ${notCompared.message}`;
      const bytes = images.reduce((sum, { checkedBytes }) => sum + checkedBytes, 0);
      return `sound, ${formatBytes(bytes)} match their checksums${comparedWithSource ? ' and the snapshot on the pool' : ''}.`;
    }
    case 'flatten':
      return `${result.file}, ${formatBytes(result.writtenBytes)} written.`;
    case 'restore':
      return `the new disk “${result.disk.diskName}” is on ${result.disk.storageName}.`;
    case 'serve':
      return 'it is no longer served.';
    case 'range':
      return `${result.file}, every block was read back and found right.`;
    case undefined:
      return 'done.';
  }
}
