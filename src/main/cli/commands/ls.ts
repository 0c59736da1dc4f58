import type { Disk, Inventory, Snapshot, Storage, Vm } from '../../../shared/model/inventory';
import { jsonLine, type AddCommand } from '../context';
import type { CliIo } from '../io';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';
import { bold, dim } from '../terminal/colours';
import { table } from '../terminal/table';
import { formatBytes, formatTime } from '../terminal/units';

const DESCRIPTION = `Lists the pool's VMs with their disks and snapshots, and whether changed block tracking (CBT) is on.`;

export const addLs: AddCommand = (program, context) => {
  withPoolFlags(program.command('ls'))
    .summary('list VMs, disks, snapshots and their CBT state')
    .description(DESCRIPTION)
    .option('--json', 'print the inventory as one line of JSON')
    .action((flags: PoolFlags & { json?: boolean }) =>
      onPool(flags, context, (pool) => {
        const inventory = pool.inventory();
        if (flags.json) jsonLine(context.io, { event: 'inventory', ...inventory });
        else context.io.out(describe(inventory, context.io));
        return Promise.resolve();
      }),
    );
};

const NBD_ACCESS: Record<Inventory['nbdAccess'], string> = {
  secure: 'with TLS',
  insecure: 'without TLS',
  none: 'not on any network',
  conflicting: 'unusable: the pool mixes networks with and without TLS',
};

function describe(inventory: Inventory, io: CliIo): string {
  const { poolName, product, hosts, nbdAccess } = inventory;
  const count = hosts.length === 1 ? '1 host' : `${hosts.length} hosts`;
  const head = `${bold(io, poolName)}  ${product}, ${count}, NBD ${NBD_ACCESS[nbdAccess]}\n`;
  const attached = new Set(inventory.vms.flatMap((vm) => vm.diskUuids));
  const loose = inventory.disks.filter(({ uuid }) => !attached.has(uuid));
  return [
    head,
    ...inventory.vms.map((vm) => describeVm(vm, inventory, io)),
    ...(loose.length > 0 ? [`\n${bold(io, 'disks without a VM')}\n${disks(loose, inventory, io)}`] : []),
  ].join('');
}

function describeVm(vm: Vm, inventory: Inventory, io: CliIo): string {
  const own = vm.diskUuids.flatMap((uuid) => inventory.disks.find((disk) => disk.uuid === uuid) ?? []);
  return `\n${bold(io, vm.name)}  ${vm.powerState}  ${dim(io, vm.uuid)}\n${disks(own, inventory, io)}`;
}

function disks(own: readonly Disk[], inventory: Inventory, io: CliIo): string {
  const rows = own.flatMap((disk) => [
    [
      disk.name,
      formatBytes(disk.sizeBytes),
      cbtState(disk, storageOf(disk, inventory)),
      storageOf(disk, inventory)?.name ?? '',
      disk.uuid,
    ],
    ...inventory.snapshots
      .filter(({ diskUuid }) => diskUuid === disk.uuid)
      .map((snapshot) => [
        `  ${io.unicode ? '└' : '-'} ${formatTime(snapshot.takenAt)}`,
        '',
        snapshotState(snapshot),
        snapshot.name,
        snapshot.uuid,
      ]),
  ]);
  return rows.length === 0
    ? '  no disks\n'
    : table(['  disk', '>size', 'CBT', 'storage', 'uuid'], indent(rows));
}

const indent = (rows: readonly string[][]): string[][] =>
  rows.map(([name, ...rest]) => [`  ${name}`, ...rest]);

const storageOf = (disk: Disk, { storages }: Inventory): Storage | undefined =>
  storages.find(({ uuid }) => uuid === disk.storageUuid);

function cbtState(disk: Disk, storage: Storage | undefined): string {
  if (disk.cbtEnabled) return 'on';
  return storage && !storage.supportsCbt ? 'not possible here' : 'off';
}

function snapshotState({ hasData, cbtEnabled }: Snapshot): string {
  if (!hasData) return 'change metadata only';
  return cbtEnabled ? 'with data, tracked' : 'with data';
}
