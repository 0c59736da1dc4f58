import { z } from 'zod';
import { unwrap } from '../../../shared/model/result';
import type { PoolConnection } from '../../engine/xapi';

const PLUGIN = 'deltascope-demo';

/** Acts on the demo pool from outside, as its guests and its storage would. */
export async function demoControl<T>(
  pool: PoolConnection,
  action: string,
  args: Readonly<Record<string, string>>,
  schema: z.ZodType<T>,
): Promise<T> {
  const [host] = pool.inventory().hosts;
  const ref = unwrap(await pool.reference('host', host.uuid));
  const answer = unwrap(await pool.call(z.string(), 'host.call_plugin', [ref, PLUGIN, action, args]));
  return schema.parse(JSON.parse(answer));
}

/** Lets the VM's guest work for a while; returns the bytes it wrote. */
export async function letGuestWork(pool: PoolConnection, vmUuid: string): Promise<number> {
  const schema = z.object({ bytesWritten: z.number() });
  return (await demoControl(pool, 'guest-activity', { vm: vmUuid }, schema)).bytesWritten;
}

/** Writes the disk's true content, as the pool itself holds it, to a file: the judge of an export. */
export async function dumpDisk(pool: PoolConnection, diskUuid: string, path: string): Promise<void> {
  await demoControl(pool, 'dump', { vdi: diskUuid, path }, z.unknown());
}
