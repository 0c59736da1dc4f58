import { z } from 'zod';
import { cleanLeftovers, isOfAny, leftovers, unproved } from '../../engine/cbt';
import type { LookAtPool } from '../../engine/jobs/left-behind';
import type { JobsInUse } from '../../engine/jobs/jobs-in-use';
import { poolFindings } from '../../../shared/preflight';
import { unwrap } from '../../../shared/model/result';
import type { Handlers } from '../ipc';
import type { PoolService } from '../pool-service';

type PoolHandlers = Pick<
  Handlers,
  | 'pools.list'
  | 'pools.certificate'
  | 'pools.connect'
  | 'pools.disconnect'
  | 'pools.forget'
  | 'pools.openDemo'
  | 'demo.guestActivity'
  | 'inventory.get'
  | 'findings.get'
  | 'leftovers.list'
  | 'leftovers.clean'
>;

const activitySchema = z.object({ bytesWritten: z.number() });

/**
 * Requests about pools and what is on them.
 * @param jobs asked each time: other processes share the jobs' folder.
 * @param lookedAt told of each look for what jobs left.
 */
export function poolHandlers(
  pools: PoolService,
  jobs: () => Promise<JobsInUse>,
  lookedAt: (look: LookAtPool) => void,
): PoolHandlers {
  const look = async (poolId: string) => {
    const connection = pools.connection(poolId);
    const { active, known, restored } = await jobs();
    const left = await leftovers(connection, {
      activeJobIds: active,
      knownJobIds: known,
      restoredDisks: restored,
    });
    if (left.ok) {
      const mayHold = (jobId: string): boolean =>
        active.has(jobId) || left.value.some((object) => isOfAny(new Set([jobId]), object));
      lookedAt({ poolUuid: connection.poolUuid, mayHold });
    }
    return { left, unproved: left.ok ? unproved(connection, active, restored) : [] };
  };
  const found = async (poolId: string) => (await look(poolId)).left;
  return {
    'pools.list': () => pools.list(),
    'pools.certificate': async ({ url }) => pools.certificate(url),
    'pools.connect': async (request) => pools.connect(request),
    'pools.disconnect': async ({ poolId }) => {
      await pools.disconnect(poolId);
      return undefined;
    },
    'pools.forget': async ({ poolId }) => {
      await pools.forget(poolId);
      return undefined;
    },
    'pools.openDemo': async () => pools.openDemo(),
    'demo.guestActivity': async ({ poolId, vmUuid }) => {
      const connection = pools.connection(poolId);
      const master = connection.inventory().hosts.find(({ isMaster }) => isMaster);
      const host = unwrap(await connection.reference('host', master?.uuid ?? ''));
      const answer = unwrap(
        await connection.call(z.string(), 'host.call_plugin', [
          host,
          'deltascope-demo',
          'guest-activity',
          { vm: vmUuid },
        ]),
      );
      return activitySchema.parse(JSON.parse(answer));
    },
    'inventory.get': ({ poolId }) => pools.connection(poolId).inventory(),
    'findings.get': async ({ poolId }) => {
      const connection = pools.connection(poolId);
      const { left, unproved } = await look(poolId);
      return poolFindings({
        inventory: connection.inventory(),
        facts: (diskUuid) => connection.diskFacts(diskUuid),
        ...(left.ok
          ? { leftoverCount: left.value.filter(({ mayBeElsewhere }) => !mayBeElsewhere).length }
          : {}),
        unproved,
      });
    },
    'leftovers.list': async ({ poolId }) => {
      return unwrap(await found(poolId)).map(({ kind, uuid, name, createdAt, mayBeElsewhere }) => ({
        kind,
        uuid,
        name,
        mayBeElsewhere,
        ...(createdAt === undefined ? {} : { createdAt }),
      }));
    },
    'leftovers.clean': async ({ poolId, uuids }) => {
      const connection = pools.connection(poolId);
      const wanted = new Set(uuids);
      const cleaned = await cleanLeftovers(
        connection,
        unwrap(await found(poolId)).filter(({ uuid }) => wanted.has(uuid)),
      );
      return cleaned.map(({ object, result }) => ({
        uuid: object.uuid,
        ...(result.ok ? {} : { failure: result.failure }),
      }));
    },
  };
}
