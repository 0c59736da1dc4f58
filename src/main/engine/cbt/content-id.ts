import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { fail } from '../../../shared/model/failure';
import { CONTENT_ID, type PoolConnection } from '../xapi';
import { ask } from './calls';

/**
 * The pool's name of what a new snapshot holds. That of a disk in use is born without one, and would get one when it is
 * next detached: it gets one now. Storage that cannot track changes may be of a kind whose names stay whatever is written;
 * there is none then. Source: xen-api ocaml/xapi/xapi_vdi.ml, `snapshot_and_clone`; storage_smapiv1.ml, `deactivate`.
 */
export async function contentIdOf(
  connection: PoolConnection,
  ref: string,
  diskUuid: string,
): Promise<string | undefined> {
  const { disks, storages } = connection.inventory();
  const disk = disks.find(({ uuid }) => uuid === diskUuid);
  if (!storages.some(({ uuid, supportsCbt }) => uuid === disk?.storageUuid && supportsCbt)) return undefined;
  const known = await askName(connection, ref);
  if (known !== undefined) return known;
  const added = await connection.call(z.unknown(), 'VDI.add_to_other_config', [
    ref,
    CONTENT_ID,
    randomUUID(),
  ]);
  // The pool may have given it one at the same moment.
  const name = await askName(connection, ref);
  return name ?? (added.ok ? undefined : fail(added.failure));
}

const askName = async (connection: PoolConnection, ref: string): Promise<string | undefined> =>
  (await ask(connection, z.record(z.string(), z.string()), 'VDI.get_other_config', ref))[CONTENT_ID];
