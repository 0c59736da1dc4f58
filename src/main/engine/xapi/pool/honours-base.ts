import type { DiskFacts } from '../../../../shared/preflight/facts';
import type { RecordCache } from './record-cache';
import type { VdiRecord } from './records';

/**
 * The first xapi release that streams qcow2. A build of an older one that streams it as well may ignore the base it is
 * asked for, and its answer looks the same: the commit before c86e2611a3 did.
 * Source: xen-api ocaml/xapi/export_raw_vdi.ml, commits d5d9999bba and c86e2611a3, both first released in 25.27.0.
 */
const FIRST = { major: 25, minor: 27 };

/** A host that may stream the disk and is not known to compare qcow2 disks; undefined when all are. */
export function hostThatMayIgnoreBase(cache: RecordCache, { SR }: VdiRecord): DiskFacts['mayIgnoreBase'] {
  for (const ref of cache.pbdsOfSr.to(SR)) {
    const pbd = cache.get('pbd', ref);
    const host = pbd && cache.get('host', pbd.host);
    // Of a host that is not known nothing is known.
    const version = host?.software_version['xapi_build'];
    if (pbd && !honoursBase(version)) return { host: host?.name_label ?? '', version: version ?? '' };
  }
  return undefined;
}

/** `xapi_build` is for example `1.249.32`, `25.6.0` or `25.33.1-2.xcpng8.3`. Source: xen-api ocaml/xapi/create_misc.ml. */
export function honoursBase(version: string | undefined): boolean {
  const parts = /^v?(\d+)\.(\d+)(?![\d~])/.exec(version ?? '');
  if (!parts) return false;
  const [major, minor] = [Number(parts[1]), Number(parts[2])];
  return major > FIRST.major || (major === FIRST.major && minor >= FIRST.minor);
}
