import { randomUUID } from 'node:crypto';
import { unwrap } from '../../../shared/model/result';
import { takeSnapshotToKeep } from '../../engine/cbt';
import { jsonLine, type AddCommand } from '../context';
import { findVm } from '../find-objects';
import { onPool, withPoolFlags, type PoolFlags } from '../pool-flags';

export const addSnapshot: AddCommand = (program, context) => {
  withPoolFlags(program.command('snapshot'))
    .summary('snapshot all disks of a VM together')
    .description('Snapshots all disks of a VM together and keeps the snapshot with its data.')
    .argument('<vm>', 'VM by name or uuid')
    .option('--json', 'print one line of JSON')
    .action((word: string, flags: PoolFlags & { json?: boolean }) =>
      onPool(flags, context, async (pool) => {
        const { io } = context;
        const { uuid: vmUuid } = findVm(pool.inventory(), word);
        const { name, vmSnapshotUuid, disks } = unwrap(
          await takeSnapshotToKeep(pool, { vmUuid, jobId: randomUUID(), signal: io.signal }),
        );
        if (flags.json) {
          const vm = vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid };
          jsonLine(io, { event: 'snapshot', name, ...vm, disks });
          return;
        }
        io.out(`${name}\n`);
        for (const { diskUuid, snapshotUuid, cbtEnabled } of disks) {
          const disk = pool.inventory().disks.find(({ uuid }) => uuid === diskUuid);
          io.out(`  ${disk?.name ?? diskUuid}: ${snapshotUuid}${cbtEnabled ? '' : ' (not tracked)'}\n`);
        }
      }),
    );
};
