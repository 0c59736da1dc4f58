/**
 * Builds the disk images of the demo pool into resources/demo-disks with the real partitioning and file system tools.
 * Needs root on Linux and: fdisk, e2fsprogs, xfsprogs, dosfstools, mtools, ntfs-3g, lvm2, qemu-utils.
 * The images are kept in the repository; run this only to change them: `npm run demo-disks [key…]`.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { disks } from './demo-disks/disks.mjs';
import * as filesystems from './demo-disks/filesystems.mjs';
import { layOutVolumes } from './demo-disks/lvm.mjs';
import { run, withLoop } from './demo-disks/tools.mjs';

const MIB = 1024 * 1024;
const folder = join(import.meta.dirname, '../resources/demo-disks');

function partition(raw, disk) {
  if (disk.table === 'none') return [{ startSector: 0, sectors: disk.sizeBytes / 512 }];
  const lines = [`label: ${disk.table}`, `label-id: ${disk.id}`, 'first-lba: 2048'];
  disk.parts.forEach((part, index) => {
    const fields = [`type=${part.type}`];
    if (part.sizeBytes) fields.push(`size=${part.sizeBytes / MIB}MiB`);
    if (disk.table === 'gpt') fields.push(`uuid=${disk.id.slice(0, -2)}${(index + 16).toString(16)}`);
    if (part.bootable) fields.push('bootable');
    lines.push(fields.join(', '));
  });
  if (disk.table === 'dos') lines.splice(2, 1);
  run('sfdisk', ['-q', raw], { input: `${lines.join('\n')}\n` });
  const { partitiontable } = JSON.parse(run('sfdisk', ['-J', raw]));
  return partitiontable.partitions.map(({ start, size }) => ({ startSector: start, sectors: size }));
}

function fill(raw, work, area, offset, length, startSector) {
  const make = filesystems[area.kind];
  if (!make) return;
  const scratch = mkdtempSync(join(work, 'part-'));
  const files = area.files ? area.files() : [];
  withLoop(raw, offset, length, (device) => make(device, scratch, { ...area, startSector, files }));
  rmSync(scratch, { recursive: true });
}

/** Fills the disk's partitions; returns its areas as the catalogue lists them. */
function build(raw, work, disk) {
  truncateSync(raw, disk.sizeBytes);
  const areas = [];
  partition(raw, disk).forEach(({ startSector, sectors }, index) => {
    const part = disk.parts[index];
    const offset = startSector * 512;
    const length = sectors * 512;
    if (part.kind !== 'lvm') {
      fill(raw, work, part, offset, length, startSector);
      areas.push({ name: part.label ?? 'BIOS boot', kind: part.kind, offset, length });
      return;
    }
    const volumes = withLoop(raw, offset, length, (device) => layOutVolumes(device, work, length, part));
    volumes.forEach(([name, at, volumeLength], number) => {
      fill(raw, work, part.volumes[number], offset + at, volumeLength, 0);
      areas.push({ name, kind: part.volumes[number].kind, offset: offset + at, length: volumeLength });
    });
  });
  return areas;
}

function make(disk) {
  const work = mkdtempSync(join(tmpdir(), 'demo-disk-'));
  try {
    const raw = join(work, 'disk.raw');
    writeFileSync(raw, '');
    const areas = build(raw, work, disk);
    const file = `${disk.key}.qcow2`;
    const image = join(folder, file);
    run('qemu-img', [
      'convert',
      '-c',
      '-m',
      '1',
      '-f',
      'raw',
      '-O',
      'qcow2',
      '-o',
      'compat=1.1,cluster_size=64k',
      raw,
      image,
    ]);
    const used = statSync(raw).blocks * 512;
    const sha256 = createHash('sha256').update(readFileSync(image)).digest('hex');
    process.stderr.write(
      `${disk.key}: ${Math.round(used / MIB)} MiB used, ${Math.round(statSync(image).size / 1024)} KiB image\n`,
    );
    return { key: disk.key, name: disk.name, file, sizeBytes: disk.sizeBytes, sha256, areas };
  } finally {
    rmSync(work, { recursive: true });
  }
}

const wanted = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const catalogueFile = join(folder, 'disks.json');
const old = existsSync(catalogueFile) ? JSON.parse(readFileSync(catalogueFile, 'utf8')).disks : [];
const made = disks.map((disk) => {
  const kept = old.find(({ key }) => key === disk.key);
  return kept && wanted.length > 0 && !wanted.includes(disk.key) ? kept : make(disk);
});
writeFileSync(catalogueFile, `${JSON.stringify({ version: 1, disks: made }, undefined, 2)}\n`);
