import type { ErrorTable } from './error-map';

const inUse = {
  code: 'disk-in-use',
  message: 'The disk or snapshot is in use: a VM, an export or another NBD client still holds it.',
  nextStep:
    'Wait until other jobs on it have ended; disks left on the control domain can be found under Leftovers.',
};
const notSupported = {
  code: 'storage-without-cbt',
  message: 'This storage type cannot track changed blocks.',
  nextStep: 'Export this disk in full, or move it to a storage type that supports CBT.',
};
const notReachable = {
  code: 'storage-detached',
  message: 'The storage of this disk is not connected to a running host.',
  nextStep: 'Connect (plug) the storage in the pool, then try again.',
};

/** Errors about disks, snapshots, storage and changed block tracking. Source: xapi-project/sm XE_SR_ERRORCODES.xml. */
export const CBT_AND_DISK_ERRORS: ErrorTable = {
  VDI_IN_USE: () => inUse,
  SR_BACKEND_FAILURE_24: () => inUse,
  VDI_MISSING: () => ({
    code: 'disk-missing',
    message: 'The storage no longer has this disk.',
    nextStep: 'Rescan the storage in the pool and look at its health.',
  }),
  VDI_NO_CBT_METADATA: () => ({
    code: 'no-change-log',
    message: 'This snapshot has no change log: CBT was off when it was taken.',
    nextStep: 'Keep the snapshot with its data or remove it; enable CBT before the next one.',
  }),
  VDI_INCOMPATIBLE_TYPE: ([, type]) => ({
    code: 'disk-type-unsuitable',
    message:
      type === 'cbt_metadata'
        ? 'This snapshot holds only its change log; its data was purged.'
        : `A disk of type “${type ?? 'unknown'}” cannot be used for this.`,
    nextStep:
      type === 'cbt_metadata'
        ? 'Use it as the base of an increment, or choose a snapshot that still has its data.'
        : 'Choose an ordinary disk of a VM.',
  }),
  VDI_CBT_ENABLED: () => ({
    code: 'cbt-on',
    message: 'The pool refuses this while changed block tracking is on.',
    nextStep: 'Disable CBT on the disk first. The next export of it will then be a full one.',
  }),
  VDI_NOT_MANAGED: () => ({
    code: 'disk-not-managed',
    message: 'The pool does not manage this disk any more; the storage keeps it as an inner link of a chain.',
    nextStep: 'Choose the disk or one of its snapshots instead.',
  }),
  VDI_IS_SHARABLE: () => ({
    code: 'disk-sharable',
    message: 'Disks shared between VMs cannot be snapshotted.',
    nextStep: 'Export the disk from inside a VM, or stop sharing it.',
  }),
  VDI_ON_BOOT_MODE_INCOMPATIBLE_WITH_OPERATION: () => ({
    code: 'disk-reset-on-boot',
    message: 'The disk is reset whenever its VM starts, so it can neither be snapshotted nor tracked.',
    nextStep: 'Set the disk’s on-boot behaviour to “persist”.',
  }),
  VDI_TOO_LARGE: () => ({
    code: 'disk-too-large',
    message: 'The disk is larger than the format allows (VHD: 2040 GiB).',
    nextStep: 'Choose qcow2 or raw.',
  }),
  VDI_IO_ERROR: ([, reason]) => ({
    code: 'disk-io-error',
    message: `The host could not read or write the disk${reason ? `: ${reason}` : '.'}`,
    nextStep: 'Look at the storage and at the host’s SMlog.',
  }),
  VDI_COPY_FAILED: () => ({
    code: 'disk-io-error',
    message: 'The host could not copy the disk’s data.',
    nextStep: 'Look at the storage and at the host’s SMlog.',
  }),
  SR_BACKEND_FAILURE_46: ([, reason]) => ({
    code: 'disk-unavailable',
    message: `The storage cannot attach the disk here${reason ? `: ${reason}` : '.'}`,
    nextStep:
      'It may be attached on another host or was not detached cleanly. Use a snapshot, or check that host.',
  }),
  SR_BACKEND_FAILURE_44: () => ({
    code: 'storage-full',
    message: 'The storage has not enough space left, for example for a snapshot.',
    nextStep: 'Free space on the storage: remove snapshots that are no longer needed and let it coalesce.',
  }),
  SR_BACKEND_FAILURE_66: () => ({
    code: 'disk-raw',
    message: 'The disk is stored raw on its storage, and raw disks cannot be tracked.',
    nextStep: 'Export this disk in full, or copy it to a VHD or qcow2 disk.',
  }),
  SR_BACKEND_FAILURE_109: () => ({
    code: 'chain-too-long',
    message: 'The disk’s snapshot chain has reached the storage’s limit.',
    nextStep: 'Remove old snapshots and wait until the storage has coalesced the chain.',
  }),
  SR_BACKEND_FAILURE_457: ([, reason]) => ({
    code: 'cbt-enable-failed',
    message: `The storage could not switch changed block tracking on${reason ? `: ${reason}` : '.'}`,
    nextStep: 'Look at the storage’s free space and at SMlog on its host.',
  }),
  SR_BACKEND_FAILURE_458: ([, reason]) => ({
    code: 'cbt-disable-failed',
    message: `The storage could not switch changed block tracking off${reason ? `: ${reason}` : '.'}`,
    nextStep: 'Look at SMlog on the storage’s host, then try again.',
  }),
  SR_BACKEND_FAILURE_459: () => ({
    code: 'change-log-inconsistent',
    message: 'The change log between the two snapshots is inconsistent, so it cannot be trusted.',
    nextStep: 'Make a full export. It becomes the base of the next increments.',
  }),
  SR_BACKEND_FAILURE_460: ([, reason]) => ({
    code: 'changes-unrelated',
    message: /are same/.test(reason ?? '')
      ? 'The two snapshots are the same one.'
      : 'The storage has no unbroken change log between the two snapshots: they are of different disks, in the ' +
        'wrong order, or CBT was off in between.',
    nextStep: 'Choose another base, or make a full export as a new one.',
  }),
  SR_OPERATION_NOT_SUPPORTED: () => notSupported,
  SR_BACKEND_FAILURE_37: () => notSupported,
  SR_NOT_ATTACHED: () => notReachable,
  SR_HAS_NO_PBDS: () => notReachable,
  SR_NO_PBDS: () => notReachable,
  SR_FULL: () => ({
    code: 'storage-full',
    message: 'The storage is full.',
    nextStep: 'Free space on the storage or choose another one.',
  }),
  VM_BAD_POWER_STATE: ([, expected, actual]) => ({
    code: 'vm-power-state',
    message: `The VM is ${actual ?? 'in another state'}; this needs it ${expected ?? 'in another state'}.`,
    nextStep: 'Change the VM’s power state, then try again.',
  }),
  OPERATION_NOT_ALLOWED: ([reason]) => ({
    code: 'not-allowed',
    message: `The pool does not allow this now${reason ? `: ${reason}` : '.'}`,
    nextStep: 'See the details; another product may be working on the same disk.',
  }),
  OPERATION_BLOCKED: ([, reason]) => ({
    code: 'operation-blocked',
    message: `An admin or another product has blocked this on the VM${reason ? `: ${reason}` : '.'}`,
    nextStep: 'Ask who blocked it, or remove the block from the VM.',
  }),
  OTHER_OPERATION_IN_PROGRESS: () => ({
    code: 'other-operation',
    message: 'The pool is busy with another operation on this object.',
    nextStep: 'Wait until it has ended, then try again.',
  }),
};
