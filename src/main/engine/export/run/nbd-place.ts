import { isIP } from 'node:net';
import type { Failure } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import type { NbdTarget as PoolTarget, PoolConnection } from '../../xapi';
import type { NbdTarget } from '../../nbd/target';
import type { ConnectionShare } from '../copy/connection-share';
import type { Budget, Release } from '../../jobs/budget';

/** What tells where its snapshots can be read. */
export type PoolOfSnapshots = Pick<PoolConnection, 'nbdTargets'>;

export interface NbdPlace {
  readonly targets: readonly NbdTarget[];
  /** Connections beyond those that were taken at first. */
  readonly share: ConnectionShare;
  /** Gives what the share took back: a copy begins, with the first connections only. */
  readonly startAgain: () => void;
  /** Gives the connections of the host back to the other jobs. */
  readonly release: Release;
}

/** Growing leaves as many to the next job as it begins with. */
const LEFT_FREE = 2;

/** As the NBD client takes it: exactly the host's certificate, or no TLS where the network has none. */
export const toNbdTarget = ({ host, port, exportName, certPem, tls }: PoolTarget): NbdTarget => ({
  address: { kind: 'tcp', host, port },
  exportName,
  tls: tls === 'required' ? { mode: 'pinned-certificate', certPem } : { mode: 'none' },
});

/** xapi-nbd listens on IPv4 only, yet a pool names IPv6 addresses too. Source: xen-api ocaml/nbd/src/main.ml. */
function reachable(targets: readonly PoolTarget[]): PoolTarget[] {
  const ipv4 = targets.filter(({ host }) => isIP(host) !== 6);
  return ipv4.length > 0 ? ipv4 : [...targets];
}

/** Fresh targets; export names are good for the present session only. */
export async function freshTargets(
  pool: PoolOfSnapshots,
  snapshotUuid: string,
): Promise<Result<readonly NbdTarget[]>> {
  const targets = await pool.nbdTargets(snapshotUuid);
  return targets.ok ? ok(reachable(targets.value).map(toNbdTarget)) : targets;
}

/** Connections that a host has for all that this process reads from it. */
export interface Wanted {
  readonly connections: number;
  readonly budget: Budget;
  readonly signal: AbortSignal;
  /** The host has too few left for now. */
  readonly onWait: () => void;
}

interface Chosen {
  /** The chosen host's first; the others stay as a way out. */
  readonly targets: readonly PoolTarget[];
  readonly host: string;
  readonly release: Release;
}

/** Chooses the host with most connections free, and waits until it has enough. */
export async function chooseHost(
  pool: PoolOfSnapshots,
  snapshotUuid: string,
  { connections, budget, signal, onWait }: Wanted,
): Promise<Result<Chosen>> {
  const found = await pool.nbdTargets(snapshotUuid);
  if (!found.ok) return found;
  const key = ({ hostUuid, host }: PoolTarget): string => hostUuid ?? host;
  const targets = reachable(found.value).sort((a, b) => budget.free(key(b)) - budget.free(key(a)));
  const [first] = targets;
  if (!first) return err(noTargets);
  const host = key(first);
  return ok({ targets, host, release: await budget.take(host, connections, signal, onWait) });
}

/** A place of a copy, which may take more connections than it begins with. */
export async function takeNbdPlace(
  pool: PoolOfSnapshots,
  snapshotUuid: string,
  wanted: Wanted,
): Promise<Result<NbdPlace>> {
  const chosen = await chooseHost(pool, snapshotUuid, wanted);
  if (!chosen.ok) return chosen;
  const { targets, host, release: releaseFirst } = chosen.value;
  const { budget } = wanted;
  const more: Release[] = [];
  const share: ConnectionShare = {
    take: () => {
      const one = budget.takeOneMore(host, LEFT_FREE);
      if (one) more.push(one);
      return one !== undefined;
    },
    giveBack: () => more.pop()?.(),
  };
  const startAgain = (): void => {
    for (const one of more.splice(0)) one();
  };
  const release = (): void => {
    startAgain();
    releaseFirst();
  };
  return ok({ targets: targets.map(toNbdTarget), share, startAgain, release });
}

const noTargets: Failure = {
  code: 'no-nbd-network',
  message: 'No host of the pool offers this disk over NBD.',
  nextStep: 'Set the purpose “nbd” on a network of the pool.',
};
