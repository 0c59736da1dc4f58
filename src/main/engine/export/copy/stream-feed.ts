import { toFailure } from '../../../../shared/model/failure';
import type { ToWorker } from './messages';
import type { HostStream } from './worker-client';

/** Most bytes that may wait in the worker. */
const WINDOW_BYTES = 8 * 1024 * 1024;

/** The main thread's end of a stream: hands chunks to the worker, never more than it keeps up with. */
export class StreamFeed {
  #unused = 0;
  #stopped = false;
  #wake: (() => void) | undefined;

  constructor(
    private readonly stream: HostStream,
    private readonly say: (message: ToWorker) => void,
  ) {}

  async run(): Promise<void> {
    try {
      for await (const chunk of this.stream.chunks) {
        if (this.#stopped) return;
        this.#unused += chunk.length;
        this.say({ type: 'chunk', bytes: chunk });
        while (this.#unused > WINDOW_BYTES && !this.#stopped) await this.#room();
      }
      // The end of the stream proves nothing: the host says whether it was whole.
      const finished = await this.stream.finished();
      this.say({ type: 'chunks-end', ...(finished.ok ? {} : { failure: finished.failure }) });
    } catch (error) {
      if (!this.#stopped) this.say({ type: 'chunks-end', failure: toFailure(error) });
    }
  }

  taken(bytes: number): void {
    this.#unused -= bytes;
    this.#wake?.();
  }

  /** The worker has ended: whatever is still under way on the host is ended too. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake?.();
    await this.stream.cancel();
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
