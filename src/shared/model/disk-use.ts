import { z } from 'zod';

/** Times are ISO 8601, UTC; absent: the host is down, or does not say. */
const hostUseSchema = z.object({
  uuid: z.string(),
  name: z.string(),
  /** When the host was started. */
  upSince: z.string().optional(),
  /** When its XAPI was. */
  agentSince: z.string().optional(),
});

/** What a pool says about who can write to a disk, at one moment. */
export const diskUseSchema = z.object({
  /** Who says it. Absent in the manifests of older versions. */
  coordinator: hostUseSchema.optional(),
  /** All that are connected to its storage. */
  hosts: z.array(hostUseSchema),
  /** VMs that the disk is attached to for writing, running or not. */
  writers: z.array(
    z.object({
      vbdUuid: z.string(),
      vmUuid: z.string(),
      vmName: z.string(),
      /** While it runs with the disk. A host gives each start of a VM another number. */
      runs: z.object({ hostUuid: z.string(), domain: z.number().int() }).optional(),
      /** Uuid of the newest message about the VM, of those that tell what became of it. */
      newestMessage: z.string().optional(),
    }),
  ),
});
export type DiskUse = z.infer<typeof diskUseSchema>;
export type HostUse = z.infer<typeof hostUseSchema>;
export type Writer = DiskUse['writers'][number];
