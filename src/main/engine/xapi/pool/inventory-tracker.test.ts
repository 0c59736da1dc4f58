import { beforeEach, describe, expect, it } from 'vitest';
import { diskFacts } from './disk-facts';
import { InventoryTracker } from './inventory-tracker';
import { JOB_MARK, SELF_MARK, UNFINISHED_MARK } from './marks';
import { ourObjects } from './our-objects';
import { RecordCache } from './record-cache';
import { unprovedObjects } from './unproved-objects';

const NULL_REFERENCE = 'OpaqueRef:NULL';
const sr = {
  uuid: 'sr', name_label: 'NFS', type: 'nfs', content_type: 'user', shared: true, physical_size: 10, physical_utilisation: 1,
}; // prettier-ignore
const vm = (uuid: string, change: object = {}) => ({
  uuid, name_label: uuid, name_description: '', power_state: 'Running', is_a_template: false, is_a_snapshot: false,
  is_control_domain: false, snapshot_of: NULL_REFERENCE, other_config: {}, ...change,
}); // prettier-ignore
const vdi = (uuid: string, change: object = {}) => ({
  uuid, name_label: uuid, SR: 'sr', virtual_size: 1024, physical_utilisation: 0, type: 'user', is_a_snapshot: false,
  snapshot_of: NULL_REFERENCE, snapshot_time: '20260101T00:00:00Z', managed: true, missing: false, sharable: false,
  on_boot: 'persist', cbt_enabled: true, other_config: {}, sm_config: {}, ...change,
}); // prettier-ignore
const snapshotOf = (parent: string, uuid: string, change: object = {}) =>
  vdi(uuid, { is_a_snapshot: true, snapshot_of: parent, ...change });
const vbd = (vmRef: string, vdiRef: string, change: object = {}) => ({
  uuid: `${vmRef}-${vdiRef}`, VM: vmRef, VDI: vdiRef, device: 'xvda', userdevice: '0', mode: 'RW', type: 'Disk',
  empty: false, currently_attached: true, ...change,
}); // prettier-ignore

let cache: RecordCache;
let tracker: InventoryTracker;
const add = (name: string, ref: string, snapshot: object) =>
  tracker.apply({ class: name, operation: 'mod', ref, snapshot });
const remove = (name: string, ref: string) => tracker.apply({ class: name, operation: 'del', ref });

beforeEach(() => {
  cache = new RecordCache();
  tracker = new InventoryTracker(cache);
  add('pool', 'pool', { uuid: 'pool', name_label: 'Pool', master: 'host' });
  add('sm', 'sm', { type: 'nfs', capabilities: [], features: { VDI_CONFIG_CBT: 1 } });
  add('sr', 'sr', sr);
  add('vm', 'vm', vm('web'));
  add('vdi', 'vdi', vdi('disk'));
  add('vbd', 'vbd', vbd('vm', 'vdi'));
  tracker.flush();
});

describe('the inventory tracker', () => {
  it('derives only what an event touches, whatever the size of the pool', () => {
    for (let at = 0; at < 10_000; at++) {
      add('vm', `vm-${at}`, vm(`vm ${at}`));
      add('vdi', `vdi-${at}`, vdi(`disk ${at}`));
      add('vbd', `vbd-${at}`, vbd(`vm-${at}`, `vdi-${at}`));
      for (let n = 0; n < 10; n++) add('vdi', `s-${at}-${n}`, snapshotOf(`vdi-${at}`, `snapshot ${at} ${n}`));
    }
    expect(tracker.flush()!.snapshots).toHaveLength(100_000);
    const before = tracker.inventory();
    add('vdi', 'vdi-7', vdi('disk 7', { physical_utilisation: 5 }));
    const patch = tracker.flush()!;
    expect([patch.disks.length, patch.snapshots.length, patch.vms.length, patch.removed.length]).toEqual([
      1, 0, 0, 0,
    ]);
    const after = tracker.inventory();
    expect(after.snapshots.every((object, at) => object === before.snapshots[at])).toBe(true);
    expect(after.disks.filter((object, at) => object !== before.disks[at])).toHaveLength(1);
  });

  it.each(['in one batch', 'in two'])(
    'keeps what was forgotten and found again, whose new record comes before the old one goes: %s',
    (batches) => {
      const known = { host: { address: '', software_version: {} }, sr, vm: vm('web'), vdi: vdi('disk') };
      add('host', 'host', { ...known.host, uuid: 'host', name_label: 'host' });
      add('vdi', 's', snapshotOf('vdi', 'snapshot'));
      tracker.flush();
      add('host', 'new-host', { ...known.host, uuid: 'host', name_label: 'host' });
      add('sr', 'new-sr', known.sr);
      add('vm', 'new-vm', known.vm);
      add('vdi', 'new-vdi', vdi('disk', { SR: 'new-sr' }));
      add('vdi', 'new-s', snapshotOf('new-vdi', 'snapshot', { SR: 'new-sr' }));
      const removed = batches === 'in two' ? tracker.flush()!.removed : [];
      expect(tracker.inventory().disks).toHaveLength(batches === 'in two' ? 2 : 1);
      for (const [name, ref] of [['host'], ['sr'], ['vm'], ['vdi'], ['vdi', 's']]) remove(name, ref ?? name);
      removed.push(...(tracker.flush()?.removed ?? []));
      expect(removed).toEqual([]);
      const { hosts, storages, vms, disks, snapshots } = tracker.inventory();
      const uuids = [hosts, storages, vms, disks, snapshots].map((objects) =>
        objects.map(({ uuid }) => uuid),
      );
      expect(uuids).toEqual([['host'], ['sr'], ['web'], ['disk'], ['snapshot']]);
      expect([cache.vdiRef('disk'), cache.vdiRef('snapshot')]).toEqual(['new-vdi', 'new-s']);
      expect(diskFacts(cache, 'disk')).toBeDefined();
      for (const [name, ref] of [
        ['host', 'new-host'],
        ['sr', 'new-sr'],
        ['vm', 'new-vm'],
        ['vdi', 'new-vdi'],
        ['vdi', 'new-s'],
      ])
        remove(name, ref);
      expect(tracker.flush()!.removed.sort()).toEqual(['disk', 'host', 'snapshot', 'sr', 'web']);
      expect([cache.vdiRef('disk'), cache.vdiRef('snapshot')]).toEqual([undefined, undefined]);
    },
  );

  it('reports nothing for a change that nobody sees', () => {
    const before = tracker.inventory();
    add('vdi', 'vdi', vdi('disk', { other_config: { x: 'y' } }));
    expect(tracker.flush()).toBeUndefined();
    expect(tracker.inventory()).toBe(before);
  });

  it('keeps the order in which it heard of the snapshots of one second', () => {
    for (const uuid of ['c', 'a', 'b']) add('vdi', uuid, snapshotOf('vdi', uuid));
    tracker.flush();
    add('vdi', 'c', snapshotOf('vdi', 'c', { name_label: 'renamed' }));
    tracker.flush();
    expect(tracker.inventory().disks[0].snapshotUuids).toEqual(['c', 'a', 'b']);
  });

  it('orders a disk’s snapshots by time and follows their end', () => {
    add('vdi', 's2', snapshotOf('vdi', 'second', { snapshot_time: '20260301T10:00:00Z' }));
    add('vdi', 's1', snapshotOf('vdi', 'first', { snapshot_time: '2026-02-01T10:00:00Z' }));
    expect(tracker.flush()!.disks[0].snapshotUuids).toEqual(['first', 'second']);
    expect(tracker.inventory().snapshots.map(({ takenAt }) => takenAt)).toContain('2026-02-01T10:00:00.000Z');
    remove('vdi', 's1');
    const patch = tracker.flush()!;
    expect(patch.removed).toEqual(['first']);
    expect(patch.disks[0].snapshotUuids).toEqual(['second']);
  });

  it('does not trust the size of a snapshot without data', () => {
    add('vdi', 's', snapshotOf('vdi', 'log', { type: 'cbt_metadata', virtual_size: 4096 }));
    tracker.flush();
    const [seen] = tracker.inventory().snapshots;
    expect(seen).toMatchObject({ hasData: false, cbtEnabled: true });
    expect(seen.sizeBytes).toBeUndefined();
  });

  it('leaves out templates, control domains, base copies, ISO images and disks on their storage', () => {
    add('vm', 'template', vm('template', { is_a_template: true }));
    add('vm', 'dom0', vm('dom0', { is_control_domain: true }));
    add('vbd', 'vbd0', vbd('dom0', 'vdi'));
    add('vdi', 'copy', vdi('base copy', { managed: false }));
    add('sr', 'iso', { ...sr, uuid: 'iso', content_type: 'iso' });
    add('vdi', 'image', vdi('image', { SR: 'iso' }));
    tracker.flush();
    const { vms, disks, storages } = tracker.inventory();
    expect(vms.map(({ uuid }) => uuid)).toEqual(['web']);
    expect(disks.map(({ uuid, attachments }) => [uuid, attachments.length])).toEqual([['disk', 1]]);
    expect(storages.map(({ uuid }) => uuid)).toEqual(['sr']);
  });

  it('finds disks again when their storage appears later', () => {
    remove('sr', 'sr');
    tracker.flush();
    expect(tracker.inventory().disks).toEqual([]);
    add('sr', 'sr', sr);
    expect(tracker.flush()!.disks.map(({ uuid }) => uuid)).toEqual(['disk']);
  });

  it('refuses a record that no pool sends', () => {
    expect(() => add('vdi', 'x', { uuid: 5 })).toThrow(expect.objectContaining({ name: 'FailureError' }));
  });

  it('reads NBD access from all networks together', () => {
    add('network', 'n1', { uuid: 'n1', purpose: ['nbd'] });
    expect(tracker.flush()!.nbdAccess).toBe('secure');
    add('network', 'n2', { uuid: 'n2', purpose: ['insecure_nbd'] });
    expect(tracker.flush()!.nbdAccess).toBe('conflicting');
    remove('network', 'n1');
    expect(tracker.flush()!.nbdAccess).toBe('insecure');
    remove('network', 'n2');
    expect(tracker.flush()!.nbdAccess).toBe('none');
  });
});

describe('what is known beyond the inventory', () => {
  it('counts a chain’s links, even if they go in a circle', () => {
    add('vdi', 'vdi', vdi('disk', { sm_config: { 'vhd-parent': 'a' } }));
    add('vdi', 'a', vdi('a', { managed: false, sm_config: { 'vhd-parent': 'b' } }));
    add('vdi', 'b', vdi('b', { managed: false }));
    expect(diskFacts(cache, 'disk')!.chainDepth).toBe(2);
    add('vdi', 'b', vdi('b', { managed: false, sm_config: { 'vhd-parent': 'a' } }));
    expect(diskFacts(cache, 'disk')!.chainDepth).toBeLessThanOrEqual(100);
    expect(diskFacts(cache, 'unknown')).toBeUndefined();
  });

  it('names the VM that holds a snapshot attached for writing; that of a checkpoint does not', () => {
    add('vdi', 's', snapshotOf('vdi', 'snap'));
    const writer = () => diskFacts(cache, 'snap')!.attachedForWriting;
    add('vm', 'checkpoint', vm('checkpoint', { is_a_snapshot: true }));
    add('vbd', 'b1', vbd('checkpoint', 's'));
    add('vm', 'reader', vm('reader'));
    add('vbd', 'b2', vbd('reader', 's', { mode: 'RO' }));
    add('vm', 'ready', vm('ready'));
    add('vbd', 'b3', vbd('ready', 's', { currently_attached: false }));
    expect(writer()).toBeUndefined();
    add('vbd', 'b3', vbd('ready', 's'));
    expect(writer()).toBe('ready');
  });

  it('counts how often a snapshot was attached for writing, also when nobody holds it any more', () => {
    add('vdi', 's', snapshotOf('vdi', 'snap'));
    const times = () => diskFacts(cache, 'snap')!.timesAttachedForWriting;
    add('vm', 'checkpoint', vm('checkpoint', { is_a_snapshot: true }));
    add('vbd', 'b1', vbd('checkpoint', 's'));
    add('vm', 'vm', vm('vm'));
    add('vbd', 'b2', vbd('vm', 's', { mode: 'RO' }));
    add('vbd', 'b3', vbd('vm', 's', { currently_attached: false }));
    expect(times()).toBe(0);
    add('vbd', 'b3', vbd('vm', 's'));
    add('vbd', 'b3', vbd('vm', 's'));
    expect(times()).toBe(1);
    remove('vbd', 'b3');
    expect(times()).toBe(1);
    add('vbd', 'b4', vbd('vm', 's'));
    expect(times()).toBe(2);
    remove('vdi', 's');
    add('vdi', 's', snapshotOf('vdi', 'snap'));
    expect(times()).toBe(0);
  });

  it('keeps the storage manager’s messages about change logs, and no others', () => {
    const message = { uuid: '', obj_uuid: 'disk', timestamp: '20260101T00:00:00Z' };
    add('message', 'm1', { ...message, name: 'VDI_CBT_RESIZE_FAILED' });
    add('message', 'm2', { ...message, name: 'VM_STARTED' });
    expect(diskFacts(cache, 'disk')!.cbtMessages).toEqual([
      { name: 'VDI_CBT_RESIZE_FAILED', at: '2026-01-01T00:00:00.000Z' },
    ]);
  });

  it('knows who can write to a disk, what the pool told of VMs, and since when hosts are up', () => {
    const started = { boot_time: '1767225600.', agent_start_time: '1767225660.' };
    for (const [uuid, other_config] of Object.entries({
      up: started,
      down: started,
      silent: { boot_time: '0.' },
      elsewhere: started,
    })) {
      const record = { uuid, name_label: `host ${uuid}`, address: '', software_version: {} };
      add('host', uuid, { ...record, metrics: `m ${uuid}`, other_config });
      add('host_metrics', `m ${uuid}`, { live: uuid !== 'down' });
      const SR = uuid === 'elsewhere' ? 'another' : 'sr';
      add('pbd', `p ${uuid}`, { host: uuid, SR, currently_attached: uuid === 'up' });
    }
    add('vm', 'vm', vm('web', { resident_on: 'up', domid: '7' }));
    for (const [ref, change] of Object.entries({
      reader: {},
      dom0: { is_control_domain: true, resident_on: 'up', domid: 0 },
      template: { is_a_template: true, resident_on: 'OpaqueRef:NULL', domid: -1 },
      taken: { is_a_snapshot: true },
    })) {
      add('vm', ref, vm(ref, change));
      add('vbd', ref, vbd(ref, 'vdi', ref === 'reader' ? { mode: 'RO' } : {}));
    }
    const told = (uuid: string, name: string, second: string) =>
      add('message', uuid, { uuid, name, obj_uuid: 'web', timestamp: `20260101T00:00:${second}Z` });
    told('m2', 'VM_SHUTDOWN', '02');
    told('m1', 'VM_STARTED', '01');
    told('m3', 'VM_SNAPSHOTTED', '03');
    const writer = (name: string) => ({ vbdUuid: `${name}-vdi`, vmUuid: name, vmName: name });
    const web = { ...writer('vm'), vmUuid: 'web', vmName: 'web' };
    add('pool', 'pool', { uuid: 'pool', name_label: 'Pool', master: 'up' });
    const { use, messagesOf } = diskFacts(cache, 'disk')!;
    const times = { upSince: '2026-01-01T00:00:00.000Z', agentSince: '2026-01-01T00:01:00.000Z' };
    expect(use).toEqual({
      coordinator: { uuid: 'up', name: 'host up', ...times },
      hosts: [
        { uuid: 'up', name: 'host up', ...times },
        { uuid: 'down', name: 'host down' },
        { uuid: 'silent', name: 'host silent' },
      ],
      writers: [
        { ...web, runs: { hostUuid: 'up', domain: 7 }, newestMessage: 'm2' },
        { ...writer('dom0'), runs: { hostUuid: 'up', domain: 0 } },
        writer('template'),
      ],
    });
    expect(messagesOf('web')).toEqual([
      { uuid: 'm1', name: 'VM_STARTED', at: '2026-01-01T00:00:01.000Z' },
      { uuid: 'm2', name: 'VM_SHUTDOWN', at: '2026-01-01T00:00:02.000Z' },
    ]);
    remove('message', 'm2');
    add('vbd', 'vbd', vbd('vm', 'vdi', { currently_attached: false }));
    expect(diskFacts(cache, 'disk')!.use.writers[0]).toEqual({ ...web, newestMessage: 'm1' });
  });

  it('takes only snapshots with their own uuid in the mark for ours', () => {
    const marked = (uuid: string) => ({ other_config: { [SELF_MARK]: uuid } });
    add('vdi', 's1', snapshotOf('vdi', 'ours', marked('ours')));
    add('vdi', 's2', snapshotOf('vdi', 'copied', marked('ours')));
    add('vdi', 's3', snapshotOf('vdi', 'foreign'));
    add('vdi', 'vdi', vdi('disk', marked('disk')));
    add('vm', 'v1', vm('our VM', { is_a_snapshot: true, ...marked('our VM') }));
    add('vm', 'v2', vm('copied VM', { is_a_snapshot: true, ...marked('our VM') }));
    add('vm', 'v3', vm('foreign VM', { is_a_snapshot: true }));
    add('vm', 'vm', vm('web', marked('web')));
    expect(ourObjects(cache).map(({ uuid }) => uuid)).toEqual(['our VM', 'ours']);
  });

  it('takes for ours only what attaches them to a control domain, and no disk that somebody gave to a VM', () => {
    const unfinished = (uuid: string) => ({
      other_config: { [UNFINISHED_MARK]: 'restore', [SELF_MARK]: uuid },
    });
    add('vm', 'dom0', vm('dom0', { is_control_domain: true }));
    add('vdi', 's1', snapshotOf('vdi', 'ours', { other_config: { [SELF_MARK]: 'ours' } }));
    add('vdi', 'd1', vdi('left', unfinished('left')));
    add('vdi', 'd2', vdi('given', unfinished('given')));
    add('vdi', 'd3', vdi('copied', unfinished('left')));
    for (const [vmRef, vdiRef] of [
      ['vm', 's1'],
      ['dom0', 's1'],
      ['dom0', 'd1'],
      ['vm', 'd2'],
    ])
      add('vbd', `${vmRef}${vdiRef}`, vbd(vmRef, vdiRef));
    expect(ourObjects(cache).map(({ kind, uuid }) => [kind, uuid])).toEqual([
      ['disk-snapshot', 'ours'],
      ['attachment', 'dom0-s1'],
      ['unfinished-disk', 'left'],
      ['attachment', 'dom0-d1'],
    ]);
  });

  it('names a disk that a restore made and could not mark, and the copies of it, but takes none for ours', () => {
    const born = { [UNFINISHED_MARK]: 'restore', [JOB_MARK]: 'job' };
    add('vm', 'dom0', vm('dom0', { is_control_domain: true }));
    add('vdi', 'd1', vdi('born', { name_label: 'web', other_config: born }));
    add('vdi', 'd2', vdi('given', { other_config: born }));
    add('vdi', 'd3', vdi('whole', { other_config: { ...born, [SELF_MARK]: 'whole' } }));
    add('vdi', 'd4', vdi('copied', { other_config: { ...born, [SELF_MARK]: 'whole' } }));
    add('vdi', 's1', snapshotOf('vdi', 'snapshot', { other_config: born }));
    add('vbd', 'b1', vbd('dom0', 'd1'));
    add('vbd', 'b2', vbd('vm', 'd2'));
    expect(unprovedObjects(cache)).toEqual([
      { kind: 'unfinished-disk', uuid: 'born', name: 'web', jobIdStart: 'job' },
    ]);
    expect(ourObjects(cache).map(({ uuid }) => uuid)).toEqual(['whole']);
  });
});
