import { randomUUID } from 'node:crypto';
import { unwrap } from '../../../shared/model/result';
import { finishSnapshot, snapshotVm } from '../../engine/cbt';
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
        const name = `Deltascope ${new Date().toISOString().slice(0, 19).replace('T', ' ')} UTC`;
        const taken = unwrap(
          await snapshotVm(pool, { vmUuid, jobId: randomUUID(), name, signal: io.signal }),
        );
        const snapshotUuids = taken.disks.map(({ snapshotUuid }) => snapshotUuid);
        const vm = taken.vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid: taken.vmSnapshotUuid };
        unwrap(await finishSnapshot(pool, { ...vm, snapshotUuids }, 'keep'));
        if (flags.json) {
          jsonLine(io, { event: 'snapshot', name, ...vm, disks: taken.disks });
          return;
        }
        io.out(`${name}\n`);
        for (const { diskUuid, snapshotUuid, cbtEnabled } of taken.disks) {
          const disk = pool.inventory().disks.find(({ uuid }) => uuid === diskUuid);
          io.out(`  ${disk?.name ?? diskUuid}: ${snapshotUuid}${cbtEnabled ? '' : ' (not tracked)'}\n`);
        }
      }),
    );
};
