import { expect, it } from 'vitest';
import type { LibraryEntry } from '../../../shared/model/library';
import type { FolderScan } from '../../stores/library';
import { exportRows } from './export-rows';

const failure = { code: 'manifest-damaged', message: 'It is damaged.', nextStep: 'Restore it.' };
const entry = (path: string): LibraryEntry =>
  ({
    manifestPath: path,
    manifest: { snapshot: { takenAt: '2026-01-01T00:00:00Z' } },
  }) as LibraryEntry;
const disk = {
  diskUuid: 'd',
  diskName: 'web-01 system',
  folder: '/x/web',
  entries: [entry('/x/web/1.json'), entry('/x/web/2.json')],
};
const rowsOf = (scan: FolderScan, ...toggled: string[]) =>
  exportRows(['/x'], new Map([['/x', scan]]), new Set(toggled)).map(
    ({ label, level, position, siblings, expandable, problem }) => ({
      label,
      level,
      place: `${position} of ${siblings}`,
      expandable,
      ...(problem === undefined ? {} : { because: problem.failure.message }),
    }),
  );

it('shows manifests that cannot be used under their folder, before the disks', () => {
  const problems = [{ path: '/x/db/1.json', failure }];
  expect(rowsOf({ state: 'scanned', disks: [disk], problems })).toEqual([
    { label: 'x', level: 1, place: '1 of 1', expandable: true },
    { label: '1.json', level: 2, place: '1 of 2', expandable: false, because: 'It is damaged.' },
    { label: 'web-01 system', level: 2, place: '2 of 2', expandable: true },
  ]);
});

it('a folder with nothing but damaged manifests can be opened and closed', () => {
  const scan: FolderScan = { state: 'scanned', disks: [], problems: [{ path: '/x/1.json', failure }] };
  expect(rowsOf(scan)).toHaveLength(2);
  expect(rowsOf(scan, 'folder:/x')).toEqual([{ label: 'x', level: 1, place: '1 of 1', expandable: true }]);
});
