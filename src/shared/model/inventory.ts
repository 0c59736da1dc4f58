import { z } from 'zod';

/** Pool objects as the window and the command line see them. Identity is always the XAPI uuid, never a reference. */

export const hostSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  address: z.string(),
  isMaster: z.boolean(),
});
export type Host = z.infer<typeof hostSchema>;

export const storageSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  /** SR driver as XAPI names it: `nfs`, `ext`, `lvmoiscsi`, `linstor`, … */
  type: z.string(),
  shared: z.boolean(),
  /** The driver can track changed blocks (`VDI_CONFIG_CBT`). */
  supportsCbt: z.boolean(),
  hostUuids: z.array(z.string()),
  sizeBytes: z.number(),
  usedBytes: z.number(),
});
export type Storage = z.infer<typeof storageSchema>;

/** How a VM holds a disk. */
export const attachmentSchema = z.object({
  vmUuid: z.string(),
  /** Guest device name or position, for example `xvda`. */
  device: z.string(),
  readOnly: z.boolean(),
  attached: z.boolean(),
});

export const diskSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  sizeBytes: z.number(),
  /** Bytes the storage reports as used. */
  usedBytes: z.number(),
  storageUuid: z.string(),
  attachments: z.array(attachmentSchema),
  /** XAPI VDI type: `user`, `system`, … */
  type: z.string(),
  cbtEnabled: z.boolean(),
  /** Snapshot uuids, oldest first. */
  snapshotUuids: z.array(z.string()),
});
export type Disk = z.infer<typeof diskSchema>;

export const snapshotSchema = z.object({
  uuid: z.string(),
  diskUuid: z.string(),
  name: z.string(),
  /** ISO 8601, UTC. */
  takenAt: z.string(),
  /**
   * Size in bytes; undefined for a metadata-only snapshot whose size cannot be trusted
   * (file storage reports the size of the change log).
   */
  sizeBytes: z.number().optional(),
  storageUuid: z.string(),
  /** False once the data was destroyed and only change metadata is left (`cbt_metadata`). */
  hasData: z.boolean(),
  cbtEnabled: z.boolean(),
  /** The VM snapshot it belongs to, while that exists. */
  vmSnapshotUuid: z.string().optional(),
  /** Carries Deltascope's mark: we created it and may remove it. */
  ours: z.boolean(),
  /** Deltascope job that made it. */
  jobId: z.string().optional(),
});
export type Snapshot = z.infer<typeof snapshotSchema>;

export const vmSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  description: z.string(),
  powerState: z.enum(['running', 'halted', 'suspended', 'paused']),
  /** In device order. */
  diskUuids: z.array(z.string()),
});
export type Vm = z.infer<typeof vmSchema>;

/** How NBD is reachable: the purposes set on the pool's networks. */
export const nbdAccessSchema = z.enum(['secure', 'insecure', 'none', 'conflicting']);
export type NbdAccess = z.infer<typeof nbdAccessSchema>;

export const inventorySchema = z.object({
  poolUuid: z.string(),
  poolName: z.string(),
  /** XAPI product, for example `XCP-ng 8.3.0`. */
  product: z.string(),
  nbdAccess: nbdAccessSchema,
  hosts: z.array(hostSchema),
  storages: z.array(storageSchema),
  vms: z.array(vmSchema),
  disks: z.array(diskSchema),
  snapshots: z.array(snapshotSchema),
});
export type Inventory = z.infer<typeof inventorySchema>;

/** A change of the inventory: whole objects that are new or differ, and uuids that are gone. */
export const inventoryPatchSchema = z.object({
  poolUuid: z.string(),
  nbdAccess: nbdAccessSchema.optional(),
  hosts: z.array(hostSchema),
  storages: z.array(storageSchema),
  vms: z.array(vmSchema),
  disks: z.array(diskSchema),
  snapshots: z.array(snapshotSchema),
  removed: z.array(z.string()),
});
export type InventoryPatch = z.infer<typeof inventoryPatchSchema>;

export const connectionStateSchema = z.enum(['connecting', 'connected', 'lost', 'disconnected']);
export type ConnectionState = z.infer<typeof connectionStateSchema>;

/** A pool the user knows: connected now, or remembered. `id` is stable across sessions (hash of the address). */
export const poolSchema = z.object({
  id: z.string(),
  /** `https://host[:port]`. */
  url: z.string(),
  name: z.string(),
  user: z.string(),
  /** SHA-256 of the pinned certificate, `AA:BB:…`. */
  fingerprint: z.string(),
  isDemo: z.boolean(),
  state: connectionStateSchema,
  failure: z
    .object({ code: z.string(), message: z.string(), nextStep: z.string(), details: z.string().optional() })
    .optional(),
});
export type Pool = z.infer<typeof poolSchema>;
