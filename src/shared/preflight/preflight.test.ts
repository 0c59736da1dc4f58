import { describe, expect, it } from 'vitest';
import type { DiskUse } from '../model/disk-use';
import type { Disk, Inventory, Snapshot } from '../model/inventory';
import type { DiskFacts } from './facts';
import { exportFindings, poolFindings, type ExportToCheck } from '.';
import { sizeWords } from './words';

const GIB = 1024 ** 3;
const disk = (change: Partial<Disk> = {}): Disk => ({
  uuid: 'disk',
  name: 'data',
  sizeBytes: 10 * GIB,
  usedBytes: GIB,
  storageUuid: 'nfs',
  attachments: [],
  type: 'user',
  cbtEnabled: true,
  snapshotUuids: ['base'],
  ...change,
});
const snapshot = (change: Partial<Snapshot> = {}): Snapshot => ({
  uuid: 'base',
  diskUuid: 'disk',
  name: 'snap',
  takenAt: '2026-03-01T17:00:00.000Z',
  storageUuid: 'nfs',
  hasData: false,
  cbtEnabled: true,
  ours: true,
  ...change,
});
const storage = {
  uuid: 'nfs',
  name: 'NFS',
  type: 'nfs',
  shared: true,
  supportsCbt: true,
  hostUuids: [],
  sizeBytes: 0,
  usedBytes: 0,
};
const inventory = (change: Partial<Inventory> = {}): Inventory => ({
  poolUuid: 'pool',
  poolName: 'Pool',
  product: 'XCP-ng 8.3',
  nbdAccess: 'secure',
  hosts: [],
  storages: [storage],
  vms: [{ uuid: 'vm', name: 'db', description: '', powerState: 'running', diskUuids: ['disk'] }],
  disks: [disk()],
  snapshots: [snapshot()],
  ...change,
});
const host = {
  uuid: 'host',
  name: 'xcp-1',
  upSince: '2026-01-01T00:00:00.000Z',
  agentSince: '2026-01-01T00:02:00.000Z',
};
const use: DiskUse = { coordinator: host, hosts: [host], writers: [] };
const facts: DiskFacts = {
  resetsOnBoot: false,
  sharable: false,
  raw: false,
  cbtMessages: [],
  use,
  messagesOf: () => [],
};
const check = (change: Partial<ExportToCheck> = {}): ExportToCheck => ({
  inventory: inventory(),
  facts: () => facts,
  disks: [{ diskUuid: 'disk' }],
  format: 'qcow2',
  target: {},
  ...change,
});
const codes = (change: Partial<ExportToCheck>) =>
  exportFindings(check(change)).map(({ code, severity }) => `${severity} ${code}`);
const withDisk = (change: Partial<Disk>) => ({ inventory: inventory({ disks: [disk(change)] }) });
const withFacts = (change: Partial<DiskFacts>) => ({ facts: () => ({ ...facts, ...change }) });
const withBase = (change: Partial<Snapshot>, sizeBytes = 10 * GIB) => ({
  inventory: inventory({ snapshots: [snapshot(change)] }),
  disks: [{ diskUuid: 'disk', base: { snapshotUuid: 'base', sizeBytes, use } }],
});
const message = (at: string) => ({ cbtMessages: [{ name: 'VDI_CBT_METADATA_INCONSISTENT', at }] });

describe('findings before an export', () => {
  it('are none when all is well', () => {
    expect(codes({})).toEqual([]);
    expect(codes(withBase({}))).toEqual([]);
  });

  it.each<[string, Partial<ExportToCheck>, string[]]>([
    ['tracking is off', withDisk({ cbtEnabled: false }), ['warn cbt-off']],
    [
      'tracking was lost',
      { ...withDisk({ cbtEnabled: false }), ...withFacts(message('2026-03-02T00:00:00.000Z')) },
      ['warn cbt-lost'],
    ],
    [
      'the storage cannot track',
      { inventory: inventory({ storages: [{ ...storage, type: 'linstor', supportsCbt: false }] }) },
      ['info storage-without-cbt'],
    ],
    ['the disk is raw', withFacts({ raw: true }), ['info disk-raw']],
    ['the disk is of another type', withDisk({ type: 'ephemeral' }), ['info disk-type-unsuitable']],
    ['the disk is reset on boot', withFacts({ resetsOnBoot: true }), ['block disk-reset-on-boot']],
    ['the disk is shared', withFacts({ sharable: true }), ['block disk-sharable']],
    ['the chain is long', withFacts({ chainDepth: 21 }), ['warn chain-long']],
    ['the chain is just short enough', withFacts({ chainDepth: 20 }), []],
    [
      'the VM is suspended',
      { inventory: inventory({ vms: [{ ...inventory().vms[0], powerState: 'suspended' }] }) },
      ['info vm-suspended'],
    ],
    ['no NBD network', { inventory: inventory({ nbdAccess: 'none' }) }, ['warn no-nbd-network']],
    ['both purposes', { inventory: inventory({ nbdAccess: 'conflicting' }) }, ['warn nbd-purposes-conflict']],
    ['NBD in clear', { inventory: inventory({ nbdAccess: 'insecure' }) }, ['warn nbd-insecure']],
    ['a disk that is gone', { disks: [{ diskUuid: 'other' }] }, ['block object-gone']],
    [
      'too large for VHD',
      { ...withDisk({ sizeBytes: 2040 * GIB + 1 }), format: 'vhd' },
      ['block too-large-for-vhd'],
    ],
    ['larger than any disk', withDisk({ sizeBytes: 65_536 * GIB + 1 }), ['block disk-too-large']],
    ['just fits VHD', { ...withDisk({ sizeBytes: 2040 * GIB }), format: 'vhd' }, []],
    ['FAT', { target: { maxFileBytes: 4 * GIB - 1 } }, ['warn target-file-limit']],
    ['FAT and raw', { target: { maxFileBytes: 4 * GIB - 1 }, format: 'raw' }, ['block target-file-limit']],
    ['little space', { target: { freeBytes: 10 * GIB - 1 } }, ['warn target-space']],
    ['enough space', { target: { freeBytes: 10 * GIB } }, []],
    [
      'no holes: a raw image takes all of its disk',
      {
        target: { freeBytes: 5 * GIB, keepsHoles: false },
        format: 'raw',
        disks: [{ diskUuid: 'disk', estimatedBytes: GIB }],
      },
      ['block target-space'],
    ],
    [
      'no holes, but a format that needs none',
      {
        target: { freeBytes: 5 * GIB, keepsHoles: false },
        disks: [{ diskUuid: 'disk', estimatedBytes: GIB }],
      },
      [],
    ],
    ['a read-only target', { target: { obstacle: 'read-only' } }, ['block target-read-only']],
    ['a file as the target', { target: { obstacle: 'not-a-folder' } }, ['block target-not-a-folder']],
    ['endless paths', { target: { obstacle: 'path-too-long' } }, ['block target-path-too-long']],
    ['endless names', { target: { obstacle: 'name-too-long' } }, ['block target-name-too-long']],
    ['the connections of a host', { connections: { wanted: 4, inUse: 13 } }, ['warn host-connections']],
    ['all connections of a host', { connections: { wanted: 4, inUse: 12 } }, []],
    ['a base that is gone', withBase({ uuid: 'another' }), ['warn base-missing']],
    ['a base on other storage', withBase({ storageUuid: 'old' }), ['warn base-on-other-storage']],
    ['a base without a log', withBase({ cbtEnabled: false }), ['warn base-without-log']],
    ['a larger base', withBase({}, 11 * GIB), ['warn disk-shrunk']],
    [
      'a loss since the base',
      { ...withBase({}), ...withFacts(message('2026-03-01T18:00:00.000Z')) },
      ['warn cbt-lost-since-base'],
    ],
    [
      'marks lost since the base',
      {
        ...withBase({}),
        ...withFacts({ use: { ...use, hosts: [{ uuid: 'host', name: 'xcp-1' }] } }),
      },
      ['warn cbt-marks-lost'],
    ],
    [
      'a base of which nobody knows who had the disk',
      {
        inventory: inventory({ snapshots: [snapshot({})] }),
        disks: [{ diskUuid: 'disk', base: { snapshotUuid: 'base', sizeBytes: 10 * GIB } }],
      },
      ['warn cbt-marks-lost'],
    ],
    ['a loss before the base', { ...withBase({}), ...withFacts(message('2026-03-01T16:00:00.000Z')) }, []],
  ])('say so: %s', (_, change, expected) => {
    expect(codes(change)).toEqual(expected);
  });

  it('are whole sentences with a next step', () => {
    const all = exportFindings(
      check({
        ...withDisk({ cbtEnabled: false, sizeBytes: 3000 * GIB }),
        ...withFacts({ chainDepth: 25, sharable: true }),
        format: 'vhd',
        target: { freeBytes: 1 },
      }),
    );
    expect(all.length).toBeGreaterThan(3);
    for (const { text, nextStep } of all) {
      expect(text).toMatch(/^\S.*\.$/);
      expect(nextStep).toMatch(/^[A-Z].*\.$/);
    }
  });
});

describe('findings of a pool', () => {
  it('look at disks of VMs, and offer what can be done at once', () => {
    const loose = disk({ uuid: 'loose', cbtEnabled: false });
    const pool = inventory({ disks: [disk({ cbtEnabled: false }), loose] });
    const findings = poolFindings({ inventory: pool, facts: () => facts, leftoverCount: 2 });
    expect(findings.map(({ code, objectUuid, command }) => [code, objectUuid, command])).toEqual([
      ['leftovers', undefined, 'leftovers.clean'],
      ['cbt-off', 'disk', 'cbt.enable'],
    ]);
  });

  it('name what is probably left but not proved, with the command that removes it, and offer no fix', () => {
    const findings = poolFindings({
      inventory: inventory({}),
      facts: () => facts,
      unproved: [
        { kind: 'vm-snapshot', uuid: 'v', name: 'Deltascope 1' },
        { kind: 'disk-snapshot', uuid: 'd', name: 'flash' },
        { kind: 'unfinished-disk', uuid: 'r', name: 'restored' },
      ],
    });
    expect(findings).toMatchObject([
      {
        severity: 'info',
        text: expect.stringMatching(/VM snapshot Deltascope 1 .*nothing proves/),
        objectUuid: 'v',
      },
      { severity: 'info', text: expect.stringMatching(/disk flash .*nothing proves/), objectUuid: 'd' },
      { severity: 'info', text: expect.stringMatching(/restored .*of a restore.*made it/), objectUuid: 'r' },
    ]);
    const [ofVm, ofDisk, ofRestore] = findings.map(({ nextStep }) => nextStep);
    expect(ofVm).toMatch(/xe snapshot-uninstall uuid=v$/);
    expect(ofDisk).toMatch(/xe vdi-destroy uuid=d$/);
    expect(ofRestore).toMatch(/xe vdi-destroy uuid=r$/);
    for (const finding of findings) expect(finding).not.toHaveProperty('command');
  });

  it('mention change logs that pile up', () => {
    const snapshots = Array.from({ length: 11 }, (_, at) => snapshot({ uuid: `log-${at}` }));
    const findings = poolFindings({ inventory: inventory({ snapshots }), facts: () => facts });
    expect(findings.map(({ code }) => code)).toEqual(['stale-change-logs']);
  });
});

describe('sizes in sentences', () => {
  it('are short and not wrong', () => {
    expect([512, 10 * GIB, 1.5 * GIB, 4 * GIB - 1, 2 * 1024 * GIB].map(sizeWords)).toEqual([
      '512 bytes',
      '10 GiB',
      '1.5 GiB',
      '4 GiB',
      '2 TiB',
    ]);
  });
});
