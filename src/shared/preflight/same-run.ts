import type { HostUse } from '../model/disk-use';

const MINUTE = 60_000;
/** The start is counted back from the clock: when that is set, it moves with it. */
const MAY_MOVE = 5 * MINUTE;
/** A host that had just been started could be started again so soon that it looks the same. */
const UP_FOR = 60 * MINUTE;

/**
 * Whether a host was up all the time between two looks; the first of them was before `takenAt`, by the pool's clock.
 * When its XAPI was not started again, nor was the host. When it was, its clock must have been right: behind by as much as
 * the host had been up, a new start looks like the old one.
 * Source: xen-api ocaml/xapi/dbsync_slave.ml writes `boot_time` (`btime` of /proc/stat) and `agent_start_time` together,
 * whenever XAPI starts.
 */
export function isSameRun(then: HostUse, now: HostUse, takenAt: string): boolean {
  if (!then.upSince || !then.agentSince || !now.upSince || !now.agentSince) return false;
  if (then.upSince === now.upSince && then.agentSince === now.agentSince) return true;
  const [wasUp, isUp, agent, taken] = [then.upSince, now.upSince, now.agentSince, takenAt].map(Date.parse);
  return Math.abs(isUp - wasUp) <= MAY_MOVE && agent > taken && wasUp < taken - UP_FOR;
}
