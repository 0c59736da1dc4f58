import { expect, it } from 'vitest';
import type { LibraryEntry } from '../../shared/model/library';
import type { FolderScan } from './library';
import { comparedExport } from './stored-blocks';

const entry = (path: string, from: string | undefined, to: string, equal: number, createdAt = '2026-01-01') =>
  ({
    manifestPath: path,
    manifest: {
      createdAt,
      snapshot: { uuid: to },
      bytes: { equal },
      ...(from === undefined ? {} : { parent: { snapshotUuid: from } }),
    },
  }) as LibraryEntry;
const found = (...entries: LibraryEntry[]): string | undefined => {
  const disks = [
    { diskUuid: 'disk', diskName: '', folder: '/x', entries },
    { diskUuid: 'other', diskName: '', folder: '/x', entries: [entry('other', 'a', 'b', 1, '2027')] },
  ];
  const scans = new Map<string, FolderScan>([
    ['/x', { state: 'scanned', disks, problems: [] }],
    ['/y', { state: 'scanning' }],
  ]);
  return comparedExport(scans, 'disk', 'a', 'b')?.manifestPath;
};

it('finds the newest export of the very interval that compared with its base', () => {
  expect(found(entry('old', 'a', 'b', 1), entry('new', 'a', 'b', 1, '2026-02-01'))).toBe('new');
});

it('finds one that compared and found nothing equal, if it says so', () => {
  const said = (compared: boolean): LibraryEntry => {
    const one = entry('x', 'a', 'b', 0);
    return { ...one, manifest: { ...one.manifest, compared } };
  };
  expect(found(said(true))).toBe('x');
  expect(found(said(false))).toBeUndefined();
});

it.each([
  ['a full', entry('x', undefined, 'b', 1)],
  ['another end', entry('x', 'a', 'c', 1)],
  ['another start', entry('x', 'c', 'b', 1)],
  ['nothing left out', entry('x', 'a', 'b', 0)],
  ['broken', { ...entry('x', 'a', 'b', 1), failure: { code: '', message: '', nextStep: '' } }],
])('does not count %s', (_what, other) => {
  expect(found(other)).toBeUndefined();
});
