import { attempt } from '../../../../shared/model/result';
import { CopyCounters } from './counters';
import { Pace } from './pace';
import { performCopy } from './perform-copy';
import type { StartCopy } from './worker-client';

/** Runs a copy in the same thread, for unit tests that need no bundle. */
export const copyInProcess: StartCopy = (request, hooks = {}) => {
  const counters = new CopyCounters();
  const pace = new Pace(request.limitBytesPerSecond);
  const cancel = new AbortController();
  const done = attempt(() =>
    performCopy(
      request,
      {
        counters,
        pace,
        log: (level, text) => hooks.onLog?.(level, text),
        connected: () => hooks.onConnected?.(),
        flushing: () => hooks.onFlushing?.(),
        checkpoint: (checkpoint) => hooks.onCheckpoint?.(checkpoint),
        ...(hooks.refreshTargets ? { refreshTargets: hooks.refreshTargets } : {}),
        ...(hooks.share ? { share: hooks.share } : {}),
        ...(hooks.stream ? { chunks: hooks.stream.chunks } : {}),
      },
      cancel.signal,
    ),
  );
  return {
    counters,
    done,
    cancel: () => cancel.abort(),
    pause: () => pace.pause(),
    resume: () => pace.resume(),
    limit: (bytesPerSecond) => pace.limit(bytesPerSecond),
  };
};
