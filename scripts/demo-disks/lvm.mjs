import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EPOCH } from './content.mjs';
import { run } from './tools.mjs';

const EXTENT_BYTES = 4 * 1024 * 1024;
const START_BYTES = 1024 * 1024;
const OFFLINE = ['--config', 'global{activation=0} devices{use_devicesfile=0}'];

/**
 * Makes the device a physical volume with one volume group whose logical volumes lie one behind the other.
 * Works without the device mapper: the metadata is restored from a text that is written here.
 * Returns where each volume lies on the device: `[name, offset, length]`.
 */
export function layOutVolumes(device, scratch, deviceBytes, { group, volumes }) {
  const physical = 'aaaaaa-0001-4000-8000-0000-0000-demo01';
  const file = join(scratch, 'group');
  writeFileSync(file, metadata(group, physical, deviceBytes, volumes));
  run('pvcreate', [...OFFLINE, '-ff', '-y', '--uuid', physical, '--restorefile', file, device]);
  run('vgcfgrestore', [...OFFLINE, '-f', file, group]);
  return placed(volumes).map(([name, first, extents]) => [
    name,
    START_BYTES + first * EXTENT_BYTES,
    extents * EXTENT_BYTES,
  ]);
}

function placed(volumes) {
  let next = 0;
  return volumes.map(({ name, sizeBytes }) => {
    const extents = sizeBytes / EXTENT_BYTES;
    next += extents;
    return [name, next - extents, extents];
  });
}

/** Source of the format: lvm2, vgcfgbackup(8). */
function metadata(group, physical, deviceBytes, volumes) {
  const logical = placed(volumes).map(
    ([name, first, extents], index) => `
    ${name} {
      id = "bbbbbb-000${index + 1}-4000-8000-0000-0000-demo01"
      status = ["READ", "WRITE", "VISIBLE"]
      flags = []
      segment_count = 1
      segment1 {
        start_extent = 0
        extent_count = ${extents}
        type = "striped"
        stripe_count = 1
        stripes = ["pv0", ${first}]
      }
    }`,
  );
  return `contents = "Text Format Volume Group"
version = 1
description = "demo"
creation_host = "${group}"
creation_time = ${EPOCH}
${group} {
  id = "cccccc-0001-4000-8000-0000-0000-demo01"
  seqno = 4
  format = "lvm2"
  status = ["RESIZEABLE", "READ", "WRITE"]
  flags = []
  extent_size = ${EXTENT_BYTES / 512}
  max_lv = 0
  max_pv = 0
  metadata_copies = 0
  physical_volumes {
    pv0 {
      id = "${physical}"
      device = "/dev/xvda2"
      status = ["ALLOCATABLE"]
      flags = []
      dev_size = ${deviceBytes / 512}
      pe_start = ${START_BYTES / 512}
      pe_count = ${Math.floor((deviceBytes - START_BYTES) / EXTENT_BYTES)}
    }
  }
  logical_volumes {${logical.join('')}
  }
}
`;
}
