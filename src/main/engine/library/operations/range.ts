import { saveRange } from '../../export/save-range';
import { follow } from './follow-copy';
import type { RunOperation } from './operation';

export const runRange: RunOperation<'range'> = async (request, { connection, ...parts }, hooks) => {
  const pool = connection(request.poolId);
  if (!pool.ok) return pool;
  const { snapshotUuid, offset, length, to } = request;
  const outcome = await saveRange(pool.value, { snapshotUuid, range: { offset, length }, to }, parts, {
    signal: hooks.signal,
    waiting: () => hooks.progress('waiting', 0, 0),
    reading: follow('reading', hooks),
    rereading: follow('rereading', hooks),
  });
  if (!outcome.ok) return outcome;
  const { sizeBytes, writtenBytes } = outcome.value;
  return { ok: true, value: { kind: 'range', file: to, sizeBytes, writtenBytes } };
};
