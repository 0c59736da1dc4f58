import type { Result } from '../../shared/model/result';
import type { RunningCopy } from '../engine/export/copy/worker-client';
import type { CopyOutcome } from '../engine/export/copy/request';
import type { CliIo } from './io';
import { ProgressBar } from './terminal/progress-bar';

const DRAW_EVERY_MS = 100;

/** Waits for a copy with a progress bar; Ctrl+C cancels it cleanly. */
export async function followCopy(
  running: RunningCopy,
  label: string,
  io: CliIo,
): Promise<Result<CopyOutcome>> {
  const bar = new ProgressBar(io, label);
  const timer = setInterval(() => bar.draw(running.counters.snapshot()), DRAW_EVERY_MS);
  const cancel = (): void => running.cancel();
  if (io.signal.aborted) cancel();
  io.signal.addEventListener('abort', cancel, { once: true });
  try {
    return await running.done;
  } finally {
    clearInterval(timer);
    io.signal.removeEventListener('abort', cancel);
    bar.clear();
  }
}
