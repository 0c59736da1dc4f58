import type { DiskUse } from '../model/disk-use';

/** A message of the storage manager about the disk's change log, for example `VDI_CBT_METADATA_INCONSISTENT`. */
export interface CbtMessage {
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What the pool says about a VM: that it was started, shut down, moved, … */
export interface VmMessage {
  readonly uuid: string;
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** What the preflight needs to know about a disk beyond the inventory. */
export interface DiskFacts {
  /** The disk is thrown back to a fixed state whenever its VM starts. */
  readonly resetsOnBoot: boolean;
  readonly sharable: boolean;
  /** Name of a VM that holds it attached for writing at the moment; snapshots only. */
  readonly attachedForWriting?: string;
  /** How often that was seen since the pool was connected; snapshots only. */
  readonly timesAttachedForWriting?: number;
  /** The pool’s name of what it holds: absent while it is attached for writing, another one afterwards; snapshots only. */
  readonly contentId?: string;
  /** Stored without VHD or qcow2 around it. */
  readonly raw: boolean;
  /** Stored as qcow2: the pool’s own export names its blocks, but streams no VHD increments of it. */
  readonly qcow2?: boolean;
  /**
   * Of a disk stored as qcow2: a host that may be asked what differs from a snapshot and is not known to heed that. Its
   * version is empty when it does not say one.
   */
  readonly mayIgnoreBase?: { readonly host: string; readonly version: string };
  /** Links below the disk on its storage; undefined when the storage does not say. */
  readonly chainDepth?: number;
  /** Oldest first. */
  readonly cbtMessages: readonly CbtMessage[];
  readonly use: DiskUse;
  /** Also of a VM that is gone. The pool keeps 10,000 messages in all, and anybody may delete them. */
  readonly messagesOf: (vmUuid: string) => readonly VmMessage[];
}
