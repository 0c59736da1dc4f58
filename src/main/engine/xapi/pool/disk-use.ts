import type { DiskUse, HostUse, Writer } from '../../../../shared/model/disk-use';
import { messagesAbout } from './messages-about';
import type { RecordCache } from './record-cache';
import type { HostRecord, RecordOf, VbdRecord, VdiRecord } from './records';

export function diskUse(cache: RecordCache, vdiRef: string, { SR }: VdiRecord): DiskUse {
  const hosts = new Set([...cache.pbdsOfSr.to(SR)].map((ref) => cache.get('pbd', ref)?.host));
  const [pool] = cache.table('pool').values();
  const coordinator = pool && cache.get('host', pool.master);
  return {
    ...(coordinator ? { coordinator: hostUse(cache, coordinator) } : {}),
    hosts: [...hosts].flatMap((ref) => {
      const host = ref === undefined ? undefined : cache.get('host', ref);
      return host ? [hostUse(cache, host)] : [];
    }),
    writers: [...cache.vbdsOfVdi.to(vdiRef)].flatMap((ref) => {
      const vbd = cache.get('vbd', ref);
      const vm = vbd?.mode === 'RW' ? cache.get('vm', vbd.VM) : undefined;
      return vbd && vm && !vm.is_a_snapshot ? [writer(cache, vbd, vm)] : [];
    }),
  };
}

function hostUse(cache: RecordCache, { uuid, name_label: name, metrics, other_config }: HostRecord): HostUse {
  const isUp = cache.get('host_metrics', metrics)?.live === true;
  const upSince = isUp ? moment(other_config['boot_time']) : undefined;
  const agentSince = isUp ? moment(other_config['agent_start_time']) : undefined;
  return { uuid, name, ...(upSince ? { upSince } : {}), ...(agentSince ? { agentSince } : {}) };
}

/** Seconds since 1970; 0 when it could not be found out. Source: xen-api ocaml/xapi/dbsync_slave.ml. */
function moment(seconds: string | undefined): string | undefined {
  const at = new Date(Number(seconds) * 1000);
  return at.getTime() > 0 ? at.toISOString() : undefined;
}

function writer(cache: RecordCache, vbd: VbdRecord, vm: RecordOf<'vm'>): Writer {
  const host = cache.get('host', vm.resident_on);
  const runs = vbd.currently_attached && vm.domid >= 0 && host;
  const newest = messagesAbout(cache, vm.uuid).at(-1);
  return {
    vbdUuid: vbd.uuid,
    vmUuid: vm.uuid,
    vmName: vm.name_label,
    ...(runs ? { runs: { hostUuid: host.uuid, domain: vm.domid } } : {}),
    ...(newest ? { newestMessage: newest.uuid } : {}),
  };
}
