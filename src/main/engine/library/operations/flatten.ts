import { flatten } from '../flatten';
import { follow } from './follow-copy';
import type { RunOperation } from './operation';

export const runFlatten: RunOperation<'flatten'> = async ({ manifestPath, to, format }, parts, hooks) => {
  const outcome = await flatten(manifestPath, to, format, parts.startCopy, follow('merging', hooks));
  if (!outcome.ok) return outcome;
  const { sizeBytes, writtenBytes, seconds } = outcome.value;
  return { ok: true, value: { kind: 'flatten', file: to, format, sizeBytes, writtenBytes, seconds } };
};
