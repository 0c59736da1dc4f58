import { describe, expect, it } from 'vitest';
import type { DiskUse } from '../../../../shared/model/disk-use';
import type { Disk, Snapshot, Storage } from '../../../../shared/model/inventory';
import type { LibraryEntry } from '../../../../shared/model/library';
import type { Manifest } from '../../../../shared/model/manifest';
import { findBase } from './base';
import { chooseMode, type Situation } from './choose-mode';

const disk: Disk = {
  uuid: 'disk',
  name: 'data',
  sizeBytes: 1000,
  usedBytes: 1,
  storageUuid: 'sr',
  attachments: [],
  type: 'user',
  cbtEnabled: true,
  snapshotUuids: ['snapshot'],
};
const storage: Storage = {
  uuid: 'sr',
  name: 'shelf',
  type: 'nfs',
  shared: true,
  supportsCbt: true,
  hostUuids: [],
  sizeBytes: 1,
  usedBytes: 1,
};
const snapshot: Snapshot = {
  uuid: 'snapshot',
  diskUuid: 'disk',
  name: '',
  takenAt: '2026-01-01T00:00:00Z',
  storageUuid: 'sr',
  hasData: false,
  cbtEnabled: true,
  ours: true,
};
const host = {
  uuid: 'host',
  name: 'xcp-1',
  upSince: '2025-12-01T00:00:00.000Z',
  agentSince: '2025-12-01T00:02:00.000Z',
};
const use: DiskUse = { coordinator: host, hosts: [host], writers: [] };
const entry = {
  manifestPath: '/x/a.json',
  manifest: {
    sizeBytes: 1000,
    snapshot: { uuid: 'snapshot', takenAt: '2026-01-01T00:00:00Z', contentId: 'content' },
    use,
    image: { format: 'vhd' },
  } as Manifest,
} satisfies LibraryEntry;

const withoutName = {
  ...entry,
  manifest: {
    ...entry.manifest,
    snapshot: { ...entry.manifest.snapshot, contentId: undefined } as Manifest['snapshot'],
  },
};
const withoutUse = { ...entry, manifest: { ...entry.manifest, use: undefined } };

const situation = (changes: Partial<Situation> = {}): Situation => ({
  disk,
  storage,
  facts: undefined,
  snapshots: [snapshot],
  nbdAccess: 'secure',
  base: { found: true, entry, snapshot },
  baseContentId: 'content',
  ...changes,
});
const withData = { ...snapshot, hasData: true };
const qcow2 = {
  resetsOnBoot: false,
  sharable: false,
  raw: false,
  qcow2: true,
  cbtMessages: [],
  use,
  messagesOf: () => [],
};
/** A host is down. */
const crashed = {
  ...qcow2,
  qcow2: false,
  use: { ...use, hosts: [{ uuid: 'host', name: 'xcp-1' }] },
};
const noBase = { found: false, reason: 'There is no earlier export.' } as const;

describe('auto', () => {
  it.each([
    ['tracking covers the disk', {}, 'cbt', true, 'Changed block tracking covers'],
    ['no base', { base: noBase }, 'full', false, 'There is no earlier export.'],
    [
      'tracking off, base purged',
      { disk: { ...disk, cbtEnabled: false } },
      'full',
      false,
      'only its change metadata',
    ],
    [
      'tracking off, base with data',
      {
        disk: { ...disk, cbtEnabled: false },
        snapshots: [withData],
        base: { found: true, entry, snapshot: withData } as const,
      },
      'compare',
      true,
      'still has its data',
    ],
    ['storage cannot track', { storage: { ...storage, supportsCbt: false } }, 'full', false, 'cannot track'],
    [
      'no NBD, no base',
      { nbdAccess: 'none', base: noBase } as const,
      'stream',
      false,
      'No network of the pool',
    ],
    ['no NBD, base purged', { nbdAccess: 'conflicting' } as const, 'stream', false, 'It is a full one'],
    [
      'no NBD, base with data',
      { nbdAccess: 'none', base: { found: true, entry, snapshot: withData } } as const,
      'stream',
      true,
      'It builds on the export of 2026-01-01 00:00 UTC.',
    ],
    [
      'no NBD, base with data, but stored as qcow2',
      {
        nbdAccess: 'none',
        base: { found: true, entry, snapshot: withData },
        facts: qcow2,
      } as const,
      'stream',
      false,
      'only of VHDs',
    ],
    [
      'tracking off, base with data, stored as qcow2 with a host that may ignore the base',
      {
        disk: { ...disk, cbtEnabled: false },
        base: { found: true, entry, snapshot: withData },
        facts: { ...qcow2, mayIgnoreBase: { host: 'xcp-1', version: '25.6.0' } },
      } as const,
      'full',
      false,
      'xapi 25.27.0 or newer; xcp-1 has 25.6.0.',
    ],
    [
      'tracking off, base with data, stored as qcow2',
      {
        disk: { ...disk, cbtEnabled: false },
        base: { found: true, entry, snapshot: withData },
        facts: qcow2,
      } as const,
      'compare',
      true,
      'still has its data',
    ],
    [
      'tracking off, base with data that was attached for writing, stored as qcow2',
      {
        disk: { ...disk, cbtEnabled: false },
        base: { found: true, entry, snapshot: withData },
        baseContentId: 'other',
        facts: qcow2,
      } as const,
      'full',
      false,
      'was attached to a VM for writing since',
    ],
    [
      'the same, stored as VHD',
      {
        disk: { ...disk, cbtEnabled: false },
        base: { found: true, entry, snapshot: withData },
        baseContentId: 'other',
      } as const,
      'full',
      false,
      'was attached to a VM for writing since',
    ],
    [
      'the same, of storage that gives no names',
      {
        disk: { ...disk, cbtEnabled: false },
        base: { found: true, entry: withoutName, snapshot: withData },
        baseContentId: undefined,
      } as const,
      'compare',
      true,
      'still has its data',
    ],
    [
      'base taken without tracking',
      { snapshots: [{ ...snapshot, cbtEnabled: false }] },
      'full',
      false,
      'was off on data when the snapshot',
    ],
    [
      'of an export that does not say who had the disk',
      {
        facts: { ...crashed, use },
        base: { found: true, entry: withoutUse, snapshot },
      } as const,
      'full',
      false,
      'does not say who could write to data before the snapshot of 2026-01-01 00:00 UTC',
    ],
    ['marks lost since, base purged', { facts: crashed }, 'full', false, 'the change log of data may lack'],
    [
      'marks lost since, base with data',
      { facts: crashed, base: { found: true, entry, snapshot: withData } } as const,
      'compare',
      true,
      'the change log of data may lack',
    ],
  ])('%s', (_name, changes, mode, incremental, reason) => {
    const choice = chooseMode('auto', situation(changes));
    expect(choice).toMatchObject({ mode, incremental, reason: expect.stringContaining(reason) as string });
    expect(choice.refusal).toBeUndefined();
  });
});

describe('what was asked for is done or refused, never replaced', () => {
  it.each([
    ['cbt', {}, true],
    ['cbt', { base: noBase }, false],
    ['cbt', { nbdAccess: 'none' } as const, false],
    ['cbt', { facts: crashed }, false],
    ['full', {}, true],
    ['full', { nbdAccess: 'none' } as const, false],
    ['compare', {}, false],
    ['compare', { base: { found: true, entry, snapshot: withData } } as const, true],
    [
      'compare',
      {
        base: { found: true, entry, snapshot: withData },
        facts: qcow2,
      },
      true,
    ],
    [
      'compare',
      {
        base: { found: true, entry, snapshot: withData },
        facts: { ...qcow2, mayIgnoreBase: { host: 'xcp-1', version: '' } },
      },
      false,
    ],
    [
      'compare',
      { base: { found: true, entry, snapshot: withData }, facts: qcow2, nbdAccess: 'none' } as const,
      false,
    ],
    [
      'compare',
      { base: { found: true, entry, snapshot: withData }, facts: { ...qcow2, qcow2: false, raw: true } },
      false,
    ],
    ['stream', { base: noBase }, true],
  ] as const)('%s %j: %s', (wish, changes, possible) => {
    const choice = chooseMode(wish, situation(changes));
    expect(choice.refusal === undefined).toBe(possible);
    expect(choice.mode).toBe(wish);
  });
});

describe('findBase', () => {
  it('takes the newest that fits and says what the newest lacks otherwise', () => {
    const older = { ...entry, manifestPath: '/x/older.json' };
    expect(findBase([older, entry], disk, [snapshot], 'vhd')).toMatchObject({ found: true, entry });
    expect(findBase([entry], disk, [snapshot], 'qcow2')).toMatchObject({ found: false });
    expect(findBase([entry], disk, [], 'vhd')).toMatchObject({
      found: false,
      reason: expect.stringContaining('no snapshot on the pool') as string,
    });
    const broken = { ...entry, failure: { code: 'image-missing', message: 'It is gone.', nextStep: '' } };
    expect(findBase([older, broken], disk, [snapshot], 'vhd')).toMatchObject({ found: true, entry: older });
    expect(findBase([broken], disk, [snapshot], 'vhd')).toMatchObject({
      reason: expect.stringContaining('It is gone.') as string,
    });
    const chain = Array.from({ length: 128 }, (_, at) => ({
      ...entry,
      manifest: {
        ...entry.manifest,
        id: `${at}`,
        ...(at > 0 ? { parent: { id: `${at - 1}` } } : {}),
      } as Manifest,
    }));
    const full = { found: false, reason: expect.stringContaining('128 images') as string };
    const fits = { found: true, entry: chain[126] };
    expect(findBase(chain.slice(0, 127), disk, [snapshot], 'vhd')).toMatchObject(fits);
    expect(findBase(chain, disk, [snapshot], 'vhd')).toMatchObject(full);
    expect(findBase(chain.slice(-1), disk, [snapshot], 'vhd', chain)).toMatchObject(full);
    expect(findBase([entry], { ...disk, sizeBytes: 999 }, [snapshot], 'vhd')).toMatchObject({ found: false });
  });
});
