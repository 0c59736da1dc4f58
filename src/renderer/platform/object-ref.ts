import { z } from 'zod';

/** Points at something in a pool, or at a job. Travels as the argument of commands. */
export const objectRefSchema = z.object({
  kind: z.enum(['pool', 'vm', 'disk', 'snapshot', 'job']),
  /** Empty for a job. */
  poolId: z.string(),
  /** XAPI uuid, or the job's id; for a pool the pool id again. */
  uuid: z.string(),
});
export type ObjectRef = z.infer<typeof objectRefSchema>;
export type ObjectKind = ObjectRef['kind'];

export const poolRef = (poolId: string): ObjectRef => ({ kind: 'pool', poolId, uuid: poolId });
export const vmRef = (poolId: string, uuid: string): ObjectRef => ({ kind: 'vm', poolId, uuid });
export const diskRef = (poolId: string, uuid: string): ObjectRef => ({ kind: 'disk', poolId, uuid });
export const snapshotRef = (poolId: string, uuid: string): ObjectRef => ({ kind: 'snapshot', poolId, uuid });
export const jobRef = (uuid: string): ObjectRef => ({ kind: 'job', poolId: '', uuid });

/** The reference in a command's argument, or undefined when it holds none. */
export function toObjectRef(argument: unknown): ObjectRef | undefined {
  const parsed = objectRefSchema.safeParse(argument);
  return parsed.success ? parsed.data : undefined;
}

export const sameRef = (a: ObjectRef | undefined, b: ObjectRef | undefined): boolean =>
  a?.kind === b?.kind && a?.poolId === b?.poolId && a?.uuid === b?.uuid;
