import { beforeEach, describe, expect, it } from 'vitest';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { crashHost } from '../machines/crash';
import { powerOff } from '../machines/power';
import { TestPool } from './test-pool';

let test: TestPool;
let disk: string;
const write = (vdi: string, block: number) =>
  test.pool.disks.get(vdi)!.write(block * CBT_BLOCK_SIZE, Buffer.alloc(512, 1));
const snapshot = async (vdi = disk) => await test.text('VDI.snapshot', vdi, {});
const changed = async (from: string, to: string) =>
  Buffer.from(await test.text('VDI.list_changed_blocks', from, to), 'base64');
const messages = async (cls: string) => {
  const all = (await test.call('message.get_all_records')) as Record<string, Record<string, string>>;
  return Object.values(all).filter((message) => message.cls === cls);
};
const field = (vdi: string, name: string) => test.call(`VDI.get_${name}`, vdi);

beforeEach(async () => {
  test = await TestPool.create({ dataDestroyWait: 50 });
  disk = await test.disk();
});

describe('list_changed_blocks', () => {
  it('answers the blocks written between two snapshots, most significant bit first', async () => {
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    write(disk, 1);
    write(disk, 31);
    const newer = await snapshot();
    expect([...(await changed(older, newer))]).toEqual([0b0100_0000, 0, 0, 1]);
    expect([...(await changed(older, disk))]).toEqual([0b0100_0000, 0, 0, 1]);
  });

  it('fails for handles, storages, wrong order and untracked disks as the real one does', async () => {
    const bad = 'OpaqueRef:00000000-0000-0000-0000-000000000000';
    const other = await test.disk();
    expect(await test.error('VDI.list_changed_blocks', disk, bad)).toEqual(['HANDLE_INVALID', 'VDI', bad]);
    expect(await test.error('VDI.list_changed_blocks', bad, disk)).toEqual(['HANDLE_INVALID', 'VDI', bad]);
    expect((await test.error('VDI.list_changed_blocks', disk, other))[2]).toContain('are unrelated');
    expect((await test.error('VDI.list_changed_blocks', disk, disk))[2]).toContain('are same');
    const elsewhere = await test.disk('iscsi');
    const across = await test.error('VDI.list_changed_blocks', elsewhere, disk);
    expect(across[0]).toBe('INTERNAL_ERROR');
    expect(across[1]).toContain('No_VDI');
    const untracked = await test.disk('linstor');
    expect(await test.error('VDI.list_changed_blocks', untracked, untracked)).toEqual([
      'SR_OPERATION_NOT_SUPPORTED',
      test.storages.get('linstor'),
    ]);
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    const newer = await snapshot();
    expect((await test.error('VDI.list_changed_blocks', newer, older))[0]).toBe('SR_BACKEND_FAILURE_460');
  });

  it('refuses a newer disk that is attached, but not one that only a snapshot VM holds', async () => {
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    const newer = await snapshot();
    const holder = test.vm(newer);
    const { db } = test.pool;
    const [vbd] = db.VM.get(holder).VBDs;
    db.VBD.update(vbd, { currently_attached: true });
    expect(await test.error('VDI.list_changed_blocks', older, newer)).toEqual([
      'VDI_IN_USE',
      newer,
      'list_changed_blocks',
    ]);
    db.VM.update(holder, { is_a_snapshot: true });
    await changed(older, newer);
    db.VBD.update(vbd, { current_operations: { 'OpaqueRef:op': 'unplug' } });
    expect(await test.error('VDI.list_changed_blocks', older, newer)).toEqual([
      'OTHER_OPERATION_IN_PROGRESS',
      'VDI',
      newer,
      'unplug',
      'OpaqueRef:op',
    ]);
  });
});

describe('enable_cbt and disable_cbt', () => {
  it('may be repeated, and check the disk', async () => {
    await test.call('VDI.enable_cbt', disk);
    const taken = await snapshot();
    await test.call('VDI.enable_cbt', disk);
    expect([...(await changed(taken, disk))]).toEqual([0, 0, 0, 0]);
    expect(await test.error('VDI.enable_cbt', taken)).toEqual([
      'OPERATION_NOT_ALLOWED',
      `VDI is a snapshot: ${taken}`,
    ]);
    await test.call('VDI.disable_cbt', disk);
    await test.call('VDI.disable_cbt', disk);
    expect(await field(disk, 'cbt_enabled')).toBe(false);
    expect(await field(taken, 'cbt_enabled')).toBe(true);
    test.pool.db.VDI.update(disk, { type: 'suspend' });
    expect(await test.error('VDI.enable_cbt', disk)).toEqual(['VDI_INCOMPATIBLE_TYPE', disk, 'suspend']);
    test.pool.db.VDI.update(disk, { type: 'user', on_boot: 'reset' });
    expect(await test.error('VDI.enable_cbt', disk)).toEqual([
      'VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION',
    ]);
  });

  it('is refused without a licence and for raw disks', async () => {
    test.pool.db.VDI.update(disk, { sm_config: { type: 'raw' } });
    expect((await test.error('VDI.enable_cbt', disk))[0]).toBe('SR_BACKEND_FAILURE_66');
    const [pool] = test.pool.db.pool.refs();
    test.pool.db.pool.update(pool, { restrictions: { restrict_cbt: 'true' } });
    expect((await test.error('VDI.enable_cbt', disk))[0]).toBe('LICENSE_RESTRICTION');
  });

  it('never shows in the allowed operations of a disk, but in those of its storage', async () => {
    const allowed = (await field(disk, 'allowed_operations')) as string[];
    expect(allowed.filter((name) => /cbt|changed|data_destroy/.test(name))).toEqual([]);
    const operations = (await test.call('SR.get_allowed_operations', test.storages.get('nfs')!)) as string[];
    expect(operations).toContain('vdi_list_changed_blocks');
    const without = await test.call('SR.get_allowed_operations', test.storages.get('linstor')!);
    expect(without).not.toContain('vdi_enable_cbt');
  });

  it('is off on clones and copies, and storage migration is refused while it is on', async () => {
    await test.call('VDI.enable_cbt', disk);
    for (const copy of [
      await test.text('VDI.clone', disk, {}),
      await test.text('VDI.copy', disk, test.storages.get('iscsi')!),
    ]) {
      expect(await field(copy, 'cbt_enabled')).toBe(false);
    }
    const migrate = ['VDI.pool_migrate', disk, test.storages.get('iscsi')!, {}] as const;
    expect(await test.error(...migrate)).toEqual(['VDI_CBT_ENABLED', disk]);
  });

  it('ends when the host crashed while the disk was attached, with a message', async () => {
    await test.call('VDI.enable_cbt', disk);
    const vm = test.vm(disk);
    await test.call('VM.start', vm, false, false);
    crashHost(test.pool, test.hosts[0]);
    expect(await field(disk, 'cbt_enabled')).toBe(true);
    await test.call('VM.start', vm, false, false);
    expect(await field(disk, 'cbt_enabled')).toBe(false);
    expect(await messages('VDI')).toMatchObject([{ name: 'VDI_CBT_METADATA_INCONSISTENT', priority: 3 }]);
  });

  it('goes on without the marks of before the crash when a snapshot was taken before the next start', async () => {
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    const vm = test.vm(disk);
    await test.call('VM.start', vm, false, false);
    write(disk, 1);
    const before = Math.floor(test.pool.clock.now() / 1000);
    crashHost(test.pool, test.hosts[0]);
    expect(Number(test.pool.db.host.get(test.hosts[0]).other_config.boot_time)).toBeGreaterThanOrEqual(
      before,
    );
    const newer = await snapshot();
    await test.call('VM.start', vm, false, false);
    expect(await field(disk, 'cbt_enabled')).toBe(true);
    expect([...(await changed(older, newer))]).toEqual([0, 0, 0, 0]);
    write(disk, 2);
    expect([...(await changed(older, await snapshot()))]).toEqual([0b0010_0000, 0, 0, 0]);
  });

  it('messages tell how VMs were started, moved and ended by calls, and no more', async () => {
    const vm = test.vm(disk);
    const [first, second] = test.hosts;
    await test.call('VM.start_on', vm, first, false, false);
    await test.call('VM.pool_migrate', vm, second, {});
    await test.call('VM.clean_reboot', vm);
    await test.call('VM.hard_shutdown', vm);
    await test.call('VM.start_on', vm, first, false, false);
    powerOff(test.pool, vm);
    await test.call('VM.start_on', vm, first, false, false);
    crashHost(test.pool, first);
    const told = await messages('VM');
    expect(told.map(({ name }) => name)).toEqual([
      ...['VM_STARTED', 'VM_MIGRATED', 'VM_REBOOTED', 'VM_SHUTDOWN', 'VM_STARTED', 'VM_STARTED'],
    ]);
    const [onFirst, onSecond] = [first, second].map((ref) => `(uuid: ${test.pool.db.host.get(ref).uuid})`);
    expect(told[0].body.endsWith(onFirst)).toBe(true);
    expect(told[1].body.endsWith(onSecond)).toBe(true);
  });

  it('survives growing; the grown part is not marked', async () => {
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    write(disk, 2);
    await test.call('VDI.resize', disk, 4 * 1024 * 1024);
    const newer = await snapshot();
    expect([...(await changed(older, newer))]).toEqual([0b0010_0000, 0, 0, 0, 0, 0, 0, 0]);
    expect((await test.error('VDI.resize', disk, 1024))[0]).toBe('SR_BACKEND_FAILURE_79');
  });
});

describe('data_destroy', () => {
  it('leaves the change log, and the chain works across it', async () => {
    await test.call('VDI.enable_cbt', disk);
    const older = await snapshot();
    await test.call('VDI.data_destroy', older);
    await test.call('VDI.data_destroy', older);
    expect(await field(older, 'type')).toBe('cbt_metadata');
    expect(await field(older, 'cbt_enabled')).toBe(true);
    expect(await field(older, 'allowed_operations')).toEqual(['destroy', 'forget', 'update']);
    expect(await test.error('VDI.get_nbd_info', older)).toEqual([
      'VDI_INCOMPATIBLE_TYPE',
      older,
      'cbt_metadata',
    ]);
    expect((await test.error('VDI.clone', older, {}))[0]).toBe('VDI_INCOMPATIBLE_TYPE');
    write(disk, 0);
    expect([...(await changed(older, await snapshot()))]).toEqual([0x80, 0, 0, 0]);
  });

  it('refuses live disks and snapshots without a log', async () => {
    expect(await test.error('VDI.data_destroy', disk)).toEqual([
      'OPERATION_NOT_ALLOWED',
      `VDI is not a snapshot: ${disk}`,
    ]);
    const untracked = await snapshot();
    expect(await test.error('VDI.data_destroy', untracked)).toEqual(['VDI_NO_CBT_METADATA', untracked]);
  });

  it('waits for VBDs, shows the new type meanwhile and takes it back when they stay', async () => {
    await test.call('VDI.enable_cbt', disk);
    const taken = await snapshot();
    const vm = test.vm(taken);
    const failing = test.error('VDI.data_destroy', taken);
    await Promise.resolve();
    expect(await field(taken, 'type')).toBe('cbt_metadata');
    expect(await failing).toEqual(['VDI_IN_USE', taken, 'data_destroy']);
    expect(await field(taken, 'type')).toBe('user');
    const waiting = test.call('VDI.data_destroy', taken);
    await test.call('VM.destroy', vm);
    await waiting;
    expect(await field(taken, 'type')).toBe('cbt_metadata');
  });

  it('leaves a size that a scan of file storage replaces by the size of the log', async () => {
    for (const [storage, size] of [
      ['nfs', 48 + 4],
      ['iscsi', 2 * 1024 * 1024],
    ] as const) {
      const own = await test.disk(storage);
      await test.call('VDI.enable_cbt', own);
      const taken = await snapshot(own);
      await test.call('VDI.data_destroy', taken);
      await test.call('SR.scan', test.storages.get(storage)!);
      expect(await field(taken, 'virtual_size')).toBe(size);
    }
  });
});

describe('VM.snapshot', () => {
  it('snapshots each disk and keeps tracking; destroying it leaves the disks', async () => {
    const second = await test.disk();
    await test.call('VDI.enable_cbt', disk);
    const vm = test.vm(disk, second);
    const taken = await test.text('VM.snapshot', vm, 'before');
    const { db } = test.pool;
    const disks = [...db.VM.get(taken).VBDs].map((vbd) => db.VBD.get(vbd).VDI);
    expect(disks.map((vdi) => db.VDI.get(vdi).snapshot_of)).toEqual([disk, second]);
    expect(disks.map((vdi) => db.VDI.get(vdi).cbt_enabled)).toEqual([true, false]);
    expect([...db.VM.get(vm).snapshots]).toEqual([taken]);
    await test.call('VM.destroy', taken);
    expect(disks.map((vdi) => db.VDI.get(vdi).VBDs.size)).toEqual([0, 0]);
    expect([...db.VM.get(vm).snapshots]).toEqual([]);
  });

  it('leaves out disks on request and is all or nothing', async () => {
    const second = await test.disk();
    const vm = test.vm(disk, second);
    const taken = await test.text('VM.snapshot', vm, 'partly', [second]);
    expect(test.pool.db.VM.get(taken).VBDs.size).toBe(1);
    test.pool.db.VDI.update(second, { sharable: true });
    const before = test.pool.db.VDI.size;
    expect(await test.error('VM.snapshot', vm, 'failing')).toEqual(['VDI_IS_SHARABLE', second]);
    expect(test.pool.db.VDI.size).toBe(before);
    expect(await test.error('VM.snapshot', vm)).toEqual([
      'MESSAGE_PARAMETER_COUNT_MISMATCH',
      'VM.snapshot',
      '2',
      '1',
    ]);
  });

  it('reverts to clones that are not tracked', async () => {
    await test.call('VDI.enable_cbt', disk);
    const vm = test.vm(disk);
    const taken = await test.text('VM.snapshot', vm, 'before');
    await test.call('VM.revert', taken);
    const { db } = test.pool;
    const [vbd] = db.VM.get(vm).VBDs;
    const now = db.VBD.get(vbd).VDI;
    expect(now).not.toBe(disk);
    expect(db.VDI.get(now).cbt_enabled).toBe(false);
    expect(db.VDI.has(disk)).toBe(false);
  });

  it('is refused while it is blocked', async () => {
    const vm = test.vm(disk);
    await test.call('VM.add_to_blocked_operations', vm, 'snapshot', 'no');
    expect(await test.error('VM.snapshot', vm, 'x')).toEqual(['OPERATION_BLOCKED', vm, 'no']);
    expect(await test.error('VM.add_to_blocked_operations', vm, 'snapshot', 'no')).toEqual([
      'MAP_DUPLICATE_KEY',
      'VM',
      'blocked_operations',
      vm,
      'snapshot',
    ]);
    await test.call('VM.remove_from_blocked_operations', vm, 'snapshot');
    await test.call('VM.snapshot', vm, 'x');
  });
});

describe('get_nbd_info', () => {
  it('names each host that has the storage, with the calling session and a certificate', async () => {
    const info = (await test.call('VDI.get_nbd_info', disk)) as Record<string, unknown>[];
    const exportname = `/${await test.text('VDI.get_uuid', disk)}?session_id=${test.session}`;
    expect(info).toMatchObject([
      { exportname, address: '127.0.0.1', port: 10_809, subject: 'host.test' },
      { exportname, address: 'fd00:de30::1/64', port: 10_809 },
      { exportname, address: '127.0.0.2', port: 10_809 },
      { exportname, address: 'fd00:de30::2/64', port: 10_809 },
    ]);
    const local = await test.disk('local');
    expect(await test.call('VDI.get_nbd_info', local)).toHaveLength(2);
  });

  it('is empty without an NBD network, and purposes do not mix', async () => {
    const [network] = (await test.call('network.get_by_name_label', 'Storage and backup')) as string[];
    expect(await test.error('network.add_purpose', network, 'insecure_nbd')).toEqual([
      'NETWORK_INCOMPATIBLE_PURPOSES',
      'nbd',
      'insecure_nbd',
    ]);
    await test.call('network.remove_purpose', network, 'nbd');
    expect(await test.call('VDI.get_nbd_info', disk)).toEqual([]);
    await test.call('network.add_purpose', network, 'insecure_nbd');
    const info = (await test.call('VDI.get_nbd_info', disk)) as Record<string, unknown>[];
    expect(info[0]?.cert).toContain('BEGIN CERTIFICATE');
  });
});
