import { expect, it } from 'vitest';
import type { LibraryOperation } from '../../../shared/model/library-operation';
import { resultText } from './operation-words';

it('a snapshot that could not be read to its end is no damage, and nothing was compared', () => {
  const operation: LibraryOperation = {
    id: '1',
    request: { kind: 'verify', manifestPath: '/x/full.json', chain: true },
    state: 'done',
    step: 'comparing',
    doneBytes: 5,
    totalBytes: 10,
    startedAt: '2026-01-01T00:00:00Z',
    result: {
      kind: 'verify',
      report: {
        manifestPath: '/x/full.json',
        images: [{ file: '/x/full.qcow2', checkedBytes: 10 }],
        comparedWithSource: false,
        sourceBytes: 5,
        notCompared: { code: 'source-not-read', message: 'The network is gone.', nextStep: 'Wait.' },
        faults: [],
        sound: true,
      },
    },
  };
  expect(resultText(operation)).toBe('not compared with the snapshot. The network is gone.');
});
