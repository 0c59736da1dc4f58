import { z } from 'zod';
import { FailureError } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import type { AsyncCallOptions, PoolConnection } from '../xapi';

/** Methods without a result return an empty string, or null over JSON. */
const nothing = z.unknown();

/** Calls that this folder makes, throwing FailureError so that they can be chained. */
export const run = async (
  connection: PoolConnection,
  method: string,
  ...parameters: unknown[]
): Promise<void> => void unwrap(await connection.call(nothing, method, parameters));

export const runAsTask = async (
  connection: PoolConnection,
  method: string,
  ...parameters: unknown[]
): Promise<void> => void unwrap(await connection.callAsync(nothing, method, parameters));

export const ask = async <T>(
  connection: PoolConnection,
  schema: z.ZodType<T>,
  method: string,
  ...parameters: unknown[]
): Promise<T> => unwrap(await connection.call(schema, method, parameters));

export const askAsTask = async <T>(
  connection: PoolConnection,
  schema: z.ZodType<T>,
  method: string,
  parameters: readonly unknown[],
  options: AsyncCallOptions = {},
): Promise<T> => unwrap(await connection.callAsync(schema, method, parameters, options));

export type ReferencedClass = Parameters<PoolConnection['reference']>[0];
export const reference = async (
  connection: PoolConnection,
  name: ReferencedClass,
  uuid: string,
): Promise<string> => unwrap(await connection.reference(name, uuid));

/** The reference, or undefined if the object is gone. */
export async function referenceIfAny(
  connection: PoolConnection,
  name: ReferencedClass,
  uuid: string,
): Promise<string | undefined> {
  const found = await connection.reference(name, uuid);
  if (found.ok) return found.value;
  if (found.failure.code === 'object-gone') return undefined;
  throw new FailureError(found.failure);
}
