import { isIP } from 'node:net';
import { z } from 'zod';
import type { NbdAccess } from '../../../../shared/model/inventory';
import type { Failure } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import type { RecordCache } from './record-cache';

/** One way to read a snapshot over NBD. */
export interface NbdTarget {
  readonly host: string;
  readonly port: number;
  /** Secret: it holds the session. Never log it. A new login makes it worthless. */
  readonly exportName: string;
  /** The certificate the host must show when `tls` is required. Present for unencrypted networks too. */
  readonly certPem: string;
  readonly tls: 'required' | 'none';
  readonly hostUuid?: string;
}

/** An answer of VDI.get_nbd_info. Source: xen-api ocaml/xapi/xapi_vdi.ml, get_nbd_info. */
export const nbdInfoSchema = z.array(
  z.object({
    exportname: z.string(),
    address: z.string(),
    port: z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]),
    cert: z.string(),
  }),
);

const noNbdNetwork: Failure = {
  code: 'no-nbd-network',
  message: 'No network of the pool is set up for NBD on a host that has this disk’s storage.',
  nextStep:
    'Set the purpose “nbd” on a network the hosts have an address in, for example: ' +
    'xe network-param-add param-name=purpose param-key=nbd uuid=<network>. It works after about ten seconds.',
};
const purposesConflict: Failure = {
  code: 'nbd-purposes-conflict',
  message: 'The pool’s networks are set to both “nbd” and “insecure_nbd”, which switches NBD off.',
  nextStep: 'Remove the purpose “insecure_nbd” from all networks.',
};

const otherDisk = (asked: string, named: string): Failure => ({
  code: 'nbd-other-disk',
  message: `The pool was asked where the disk ${asked} can be read, and named another disk: ${named}.`,
  nextStep: 'Restart the toolstack of the pool’s coordinator, then try again; if it stays, report it.',
});

/**
 * Turns XAPI's answer into targets, best first. TLS follows the purpose of the pool's networks and not the presence of
 * a certificate; IPv6 comes last, because xapi-nbd listens on IPv4 only. Source: xen-api ocaml/nbd/src/main.ml.
 * Fails with `nbd-other-disk`, `nbd-purposes-conflict`, `no-nbd-network`.
 */
export function nbdTargets(
  info: z.infer<typeof nbdInfoSchema>,
  vdiUuid: string,
  access: NbdAccess,
  cache: RecordCache,
): Result<NbdTarget[]> {
  const other = info
    .map(({ exportname }) => diskNamedIn(exportname))
    .find((uuid) => uuid && uuid !== vdiUuid);
  if (other !== undefined) return err(otherDisk(vdiUuid, other));
  if (access === 'conflicting') return err(purposesConflict);
  if (access === 'none' || info.length === 0) return err(noNbdNetwork);
  const targets = info.map(({ exportname, address, port, cert }): NbdTarget => {
    const host = address.replace(/\/\d+$/, '');
    const hostUuid = hostWithAddress(cache, host);
    return {
      host,
      port,
      exportName: exportname,
      certPem: cert,
      tls: access === 'secure' ? 'required' : 'none',
      ...(hostUuid === undefined ? {} : { hostUuid }),
    };
  });
  return ok(targets.sort((a, b) => Number(isIP(a.host) === 6) - Number(isIP(b.host) === 6)));
}

/** Names may look otherwise one day. Source: xen-api ocaml/xapi/xapi_vdi.ml, `/<uuid>?session_id=<reference>`. */
const diskNamedIn = (exportName: string): string | undefined =>
  /^\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\?/i.exec(exportName)?.[1].toLowerCase();

/** Undefined when no host, or more than one, has the address. */
function hostWithAddress(cache: RecordCache, address: string): string | undefined {
  const found = new Set<string>();
  for (const pif of cache.table('pif').values()) {
    if (pif.IP === address || pif.IPv6.some((entry) => entry.replace(/\/\d+$/, '') === address))
      found.add(pif.host);
  }
  const [ref] = found;
  return found.size === 1 ? cache.get('host', ref)?.uuid : undefined;
}
