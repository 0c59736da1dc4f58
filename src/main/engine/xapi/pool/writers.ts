import type { VmMessage, Writer } from '../../../../shared/preflight';
import type { RecordCache } from './record-cache';
import type { HostRecord, RecordOf } from './records';

/** Oldest first. */
export const messagesAbout = (cache: RecordCache, uuid: string): RecordOf<'message'>[] =>
  [...cache.messagesAbout.to(uuid)]
    .flatMap((ref) => cache.get('message', ref) ?? [])
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));

/** Not those of control domains: nothing tells when they wrote. */
export function writersOf(cache: RecordCache, vdiRef: string): Writer[] {
  const vbds = [...cache.vbdsOfVdi.to(vdiRef)].flatMap((ref) => cache.get('vbd', ref) ?? []);
  const vms = new Set(vbds.filter(({ mode }) => mode === 'RW').map(({ VM }) => cache.get('vm', VM)));
  return [...vms].flatMap((vm) =>
    !vm || vm.is_a_template || vm.is_a_snapshot || vm.is_control_domain
      ? []
      : [
          {
            vmName: vm.name_label,
            running: vm.power_state === 'Running' || vm.power_state === 'Paused',
            messages: messagesAbout(cache, vm.uuid).map(vmMessage),
          },
        ],
  );
}

/** The host stands at the end: `VM 'x' (uuid: …) started on host: y (uuid: …)`. Source: xen-api message_forwarding.ml. */
function vmMessage({ name, timestamp, body }: RecordOf<'message'>): VmMessage {
  const host = /\(uuid: ([^)\s]+)\)$/.exec(body)?.[1];
  return { name, at: timestamp, ...(host === undefined ? {} : { hostUuid: host }) };
}

/** By uuid; undefined: the host is down, or does not say. */
export const hostsUpSince = (cache: RecordCache): Record<string, string | undefined> =>
  Object.fromEntries([...cache.table('host').values()].map((host) => [host.uuid, upSince(cache, host)]));

/** Source: xen-api ocaml/xapi/dbsync_slave.ml: `boot_time`, seconds since 1970, 0 when it could not be found out. */
function upSince(cache: RecordCache, { metrics, other_config }: HostRecord): string | undefined {
  const startedAt = new Date(Number(other_config['boot_time']) * 1000);
  const isUp = cache.get('host_metrics', metrics)?.live === true;
  return isUp && startedAt.getTime() > 0 ? startedAt.toISOString() : undefined;
}
