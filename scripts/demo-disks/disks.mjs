import * as trees from './trees.mjs';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;

/** Fixed ids: disk number, partition number. */
const uuid = (disk, part) =>
  `5f1c0de0-00${disk.toString().padStart(2, '0')}-4000-8000-${part.toString(16).padStart(12, '0')}`;
const gpt = {
  efi: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B',
  linux: '0FC63DAF-8483-4772-8E79-3D69D8477DE4',
  swap: '0657FD6D-A4AB-43C4-84E5-0933C84B4F4F',
  bios: '21686148-6449-6E6F-744E-656564454649',
  lvm: 'E6D6D379-F507-44C2-A23C-238F2A3DF928',
};

/**
 * The demo disks. Partitions lie one behind the other from 1 MiB on, at whole MiB; a partition without a size takes
 * the rest.
 */
export const disks = [
  {
    key: 'web-system',
    name: 'web-01 system',
    sizeBytes: 8 * GIB,
    table: 'gpt',
    id: uuid(1, 0),
    parts: [
      { type: gpt.efi, sizeBytes: 256 * MIB, kind: 'vfat', label: 'EFI', uuid: '5f1c0101', files: trees.efi },
      {
        type: gpt.linux,
        sizeBytes: 6656 * MIB,
        kind: 'ext4',
        label: 'root',
        uuid: uuid(1, 2),
        files: () => [
          ...trees.linuxSystem('web-01', 'LABEL=root / ext4 defaults 0 1\n'),
          ...trees.webServer(),
        ],
      },
      { type: gpt.swap, kind: 'swap', label: 'swap', uuid: uuid(1, 3) },
    ],
  },
  {
    key: 'db-system',
    name: 'db-01 system',
    sizeBytes: 8 * GIB,
    table: 'gpt',
    id: uuid(2, 0),
    parts: [
      { type: gpt.bios, sizeBytes: MIB, kind: 'none' },
      {
        type: gpt.linux,
        kind: 'ext4',
        label: 'root',
        uuid: uuid(2, 2),
        files: () =>
          trees.linuxSystem(
            'db-01',
            'LABEL=root / ext4 defaults 0 1\nLABEL=mysql /var/lib/mysql xfs defaults 0 0\n',
            0.6,
          ),
      },
    ],
  },
  {
    key: 'db-data',
    name: 'db-01 data',
    sizeBytes: 16 * GIB,
    table: 'gpt',
    id: uuid(3, 0),
    parts: [{ type: gpt.linux, kind: 'xfs', label: 'mysql', uuid: uuid(3, 1), files: trees.database }],
  },
  {
    key: 'files-system',
    name: 'files-01 C',
    sizeBytes: 20 * GIB,
    table: 'dos',
    id: '0x5f1c0de4',
    parts: [
      {
        type: '7',
        sizeBytes: 500 * MIB,
        kind: 'ntfs',
        label: 'System Reserved',
        uuid: '5f1c0de000040001',
        bootable: true,
        files: trees.windowsBoot,
      },
      {
        type: '7',
        sizeBytes: 8 * GIB,
        kind: 'ntfs',
        label: 'Data',
        uuid: '5f1c0de000040002',
        files: trees.windowsData,
      },
    ],
  },
  {
    key: 'mail-system',
    name: 'mail-01 system',
    sizeBytes: 12 * GIB,
    table: 'dos',
    id: '0x5f1c0de5',
    parts: [
      {
        type: '83',
        sizeBytes: 512 * MIB,
        kind: 'ext4',
        label: 'boot',
        uuid: uuid(5, 1),
        bootable: true,
        files: () =>
          trees
            .linuxSystem('mail-01-boot', '', 0.2)
            .filter(([path]) => path.startsWith('boot/'))
            .map(([path, bytes]) => [path.slice(5), bytes]),
      },
      {
        type: '8e',
        kind: 'lvm',
        group: 'mail',
        volumes: [
          {
            name: 'root',
            sizeBytes: 4 * GIB,
            kind: 'ext4',
            label: 'root',
            uuid: uuid(5, 2),
            files: () =>
              trees.linuxSystem(
                'mail-01',
                '/dev/mail/root / ext4 defaults 0 1\n/dev/mail/var /var ext4 defaults 0 2\n',
                0.6,
              ),
          },
          {
            name: 'var',
            sizeBytes: 6 * GIB,
            kind: 'ext4',
            label: 'var',
            uuid: uuid(5, 3),
            files: trees.mailSpool,
          },
          { name: 'swap', sizeBytes: GIB, kind: 'swap', label: 'swap', uuid: uuid(5, 4) },
        ],
      },
    ],
  },
  {
    key: 'archive-data',
    name: 'archive-01 data',
    sizeBytes: 2048 * GIB,
    table: 'gpt',
    id: uuid(6, 0),
    parts: [{ type: gpt.linux, kind: 'xfs', label: 'archive', uuid: uuid(6, 1), files: trees.archive }],
  },
  {
    key: 'gateway-system',
    name: 'gateway-01 flash',
    sizeBytes: GIB + 37 * 512,
    table: 'dos',
    id: '0x5f1c0de7',
    parts: [
      {
        type: 'c',
        sizeBytes: 128 * MIB,
        kind: 'vfat',
        label: 'BOOT',
        uuid: '5f1c0701',
        bootable: true,
        files: trees.efi,
      },
      { type: '83', kind: 'ext4', label: 'firmware', uuid: uuid(7, 2), files: trees.appliance },
    ],
  },
  {
    key: 'build-scratch',
    name: 'build-01 scratch',
    sizeBytes: 10 * GIB,
    table: 'none',
    parts: [{ kind: 'ext4', label: 'scratch', uuid: uuid(8, 1), files: trees.builds }],
  },
];
