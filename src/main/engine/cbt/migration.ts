import { z } from 'zod';
import { attempt, type Result } from '../../../shared/model/result';
import type { PoolConnection } from '../xapi';
import { ask, reference, referenceIfAny, run } from './calls';
import { persistently } from './persistently';

/** Operations that would move the disks away while they are read. Source: xen-api datamodel_vm.ml, vm_operations. */
const OPERATIONS = ['pool_migrate', 'migrate_send'] as const;

/** What `blockMigration` added and `releaseMigration` takes away: entries that were there before are not among them. */
export interface MigrationBlock {
  readonly vmUuid: string;
  readonly operations: readonly string[];
}

const blockedSchema = z.record(z.string(), z.string());

/** Blocks the migration of a VM or VM snapshot. Blocks that somebody else set stay theirs. */
export const blockMigration = (
  connection: PoolConnection,
  vmUuid: string,
  reason: string,
): Promise<Result<MigrationBlock>> =>
  attempt(async () => {
    const vm = await reference(connection, 'VM', vmUuid);
    const before = await ask(connection, blockedSchema, 'VM.get_blocked_operations', vm);
    const operations = OPERATIONS.filter((operation) => !(operation in before));
    for (const operation of operations)
      await run(connection, 'VM.add_to_blocked_operations', vm, operation, reason);
    return { vmUuid, operations };
  });

/** The block that an interrupted job set on its VM snapshot, known by its reason. */
export const findMigrationBlock = (
  connection: PoolConnection,
  vmUuid: string,
  reason: string,
): Promise<Result<MigrationBlock>> =>
  attempt(async () => {
    const vm = await referenceIfAny(connection, 'VM', vmUuid);
    if (vm === undefined) return { vmUuid, operations: [] };
    const blocked = await ask(connection, blockedSchema, 'VM.get_blocked_operations', vm);
    return { vmUuid, operations: OPERATIONS.filter((operation) => blocked[operation] === reason) };
  });

/** Takes back exactly what `blockMigration` added. Nothing to do if the VM snapshot is gone. */
export const releaseMigration = (connection: PoolConnection, block: MigrationBlock): Promise<Result<void>> =>
  attempt(() =>
    persistently(async () => {
      const vm = await referenceIfAny(connection, 'VM', block.vmUuid);
      if (vm === undefined) return;
      for (const operation of block.operations)
        await run(connection, 'VM.remove_from_blocked_operations', vm, operation);
    }),
  );
