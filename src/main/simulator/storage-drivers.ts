/** What a storage driver can do. Source: xapi-project/sm drivers, xcp-ng/sm; SM.features of real hosts. */
export interface StorageDriver {
  readonly type: string;
  readonly label: string;
  /** Disks are files: after a scan a metadata-only disk shows the size of its change log. Source: sm FileSR.py. */
  readonly isFileBased: boolean;
  readonly cbt: boolean;
}

export const STORAGE_DRIVERS: readonly StorageDriver[] = [
  { type: 'nfs', label: 'NFS VHD', isFileBased: true, cbt: true },
  { type: 'ext', label: 'Local EXT3 VHD', isFileBased: true, cbt: true },
  { type: 'lvmoiscsi', label: 'LVHD over iSCSI', isFileBased: false, cbt: true },
  // Change tracking is switched off in this driver. Source: xcp-ng/sm drivers/LinstorSR.py.
  { type: 'linstor', label: 'LINSTOR resources on XCP-ng', isFileBased: false, cbt: false },
];

export function driverOf(type: string): StorageDriver {
  const driver = STORAGE_DRIVERS.find((candidate) => candidate.type === type);
  if (!driver) throw new Error(`no storage driver ${type}`);
  return driver;
}

const BASE_FEATURES = [
  'SR_PROBE',
  'SR_UPDATE',
  'VDI_CREATE',
  'VDI_DELETE',
  'VDI_ATTACH',
  'VDI_DETACH',
  'VDI_CLONE',
  'VDI_SNAPSHOT',
  'VDI_RESIZE',
  'VDI_MIRROR',
  'VDI_UPDATE',
  'VDI_RESET_ON_BOOT',
];

export const featuresOf = ({ cbt }: StorageDriver): readonly string[] =>
  cbt ? [...BASE_FEATURES, 'VDI_CONFIG_CBT'] : BASE_FEATURES;

const BASE_OPERATIONS = [
  'vdi_introduce',
  'unplug',
  'plug',
  'pbd_create',
  'update',
  'pbd_destroy',
  'vdi_resize',
  'vdi_clone',
  'scan',
  'vdi_snapshot',
  'vdi_mirror',
  'vdi_create',
  'vdi_destroy',
];
const CBT_OPERATIONS = ['vdi_enable_cbt', 'vdi_disable_cbt', 'vdi_data_destroy', 'vdi_list_changed_blocks'];

/** SR.allowed_operations: here, unlike in VDI.allowed_operations, the change tracking operations are listed. */
export const srOperations = ({ cbt }: StorageDriver): readonly string[] =>
  cbt ? [...BASE_OPERATIONS, ...CBT_OPERATIONS] : BASE_OPERATIONS;
