/** What the demo pool consists of. */
export const POOL = { name: 'Demo pool', description: 'Simulated by Deltascope on this machine' };

export const HOSTS = [
  { name: 'xcp-demo-1', hostName: 'xcp-demo-1.demo', ip: '127.0.0.1', description: 'Master' },
  { name: 'xcp-demo-2', hostName: 'xcp-demo-2.demo', ip: '127.0.0.2', description: 'Supporter' },
] as const;

export interface StorageBlueprint {
  readonly key: string;
  readonly name: string;
  readonly type: string;
  /** Index of the only host that sees it; absent: all hosts. */
  readonly host?: number;
  readonly sizeBytes: number;
}

const TIB = 1024 ** 4;
export const STORAGES: readonly StorageBlueprint[] = [
  { key: 'nfs', name: 'NFS virtual disks', type: 'nfs', sizeBytes: 12 * TIB },
  { key: 'iscsi', name: 'iSCSI production', type: 'lvmoiscsi', sizeBytes: 8 * TIB },
  { key: 'local', name: 'Local storage on xcp-demo-2', type: 'ext', host: 1, sizeBytes: TIB },
  { key: 'linstor', name: 'XOSTOR', type: 'linstor', sizeBytes: 4 * TIB },
];

export interface VmBlueprint {
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly os: string;
  /** Index of its host; absent: halted. */
  readonly host?: number;
  /** Its disks in device order, by key of the disk images, and their storage. */
  readonly disks: readonly DiskBlueprint[];
}

export interface DiskBlueprint {
  readonly key: string;
  readonly storage: string;
  readonly cbt: boolean;
}

export const VMS: readonly VmBlueprint[] = [
  {
    key: 'web-01',
    name: 'web-01',
    description: 'Web server',
    os: 'Debian GNU/Linux 12 (bookworm)',
    host: 0,
    disks: [{ key: 'web-system', storage: 'nfs', cbt: true }],
  },
  {
    key: 'db-01',
    name: 'db-01',
    description: 'Database server',
    os: 'Rocky Linux 9.4',
    host: 0,
    disks: [
      { key: 'db-system', storage: 'iscsi', cbt: true },
      { key: 'db-data', storage: 'iscsi', cbt: true },
    ],
  },
  {
    key: 'files-01',
    name: 'files-01',
    description: 'File server',
    os: 'Windows Server 2022 Standard',
    host: 1,
    disks: [{ key: 'files-system', storage: 'nfs', cbt: true }],
  },
  {
    key: 'mail-01',
    name: 'mail-01',
    description: 'Mail server on local storage',
    os: 'Debian GNU/Linux 12 (bookworm)',
    host: 1,
    disks: [{ key: 'mail-system', storage: 'local', cbt: false }],
  },
  {
    key: 'archive-01',
    name: 'archive-01',
    description: 'Archive, almost empty',
    os: 'Rocky Linux 9.4',
    host: 0,
    disks: [{ key: 'archive-data', storage: 'nfs', cbt: true }],
  },
  {
    key: 'gateway-01',
    name: 'gateway-01',
    description: 'Appliance with an odd disk size',
    os: 'OpenWrt 23.05',
    disks: [{ key: 'gateway-system', storage: 'nfs', cbt: true }],
  },
  {
    key: 'build-01',
    name: 'build-01',
    description: 'Build server; its storage cannot track changes',
    os: 'Ubuntu 24.04 LTS',
    host: 1,
    disks: [{ key: 'build-scratch', storage: 'linstor', cbt: false }],
  },
];
