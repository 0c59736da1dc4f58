import type { Ask, QuestionName, Questions, Reply } from './model/protocol';

/** The heatmap's worker as a set of questions with promised answers. Answers come in the order of the questions. */
export class HeatmapWorker {
  readonly #worker = new Worker(new URL('./heatmap-worker.ts', import.meta.url), {
    type: 'module',
    name: 'heatmap',
  });
  readonly #waiting = new Map<number, (answer: never) => void>();
  readonly #onBroken: (reason: string) => void;
  #lastId = 0;

  /** `onBroken` hears once why no further question will be answered. */
  constructor(onBroken: (reason: string) => void) {
    this.#onBroken = onBroken;
    this.#worker.addEventListener('message', (event: MessageEvent<Reply>) => {
      const reply = event.data;
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if (!('error' in reply)) return waiting?.(reply.answer as never);
      // A question that cannot be answered is a fault: nothing that is shown can be trusted from here on.
      this.#onBroken(reply.error);
    });
    this.#worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.#onBroken(`its worker stopped (${event.message})`);
    });
  }

  /** Never settles once the worker is broken or disposed of; then there is nothing left to do with an answer. */
  ask<Q extends QuestionName>(
    question: Q,
    ask: Questions[Q]['ask'],
    transfer: Transferable[] = [],
  ): Promise<Questions[Q]['answer']> {
    const message: Ask<Q> = { id: ++this.#lastId, question, ask };
    return new Promise((resolve) => {
      this.#waiting.set(message.id, resolve);
      this.#worker.postMessage(message, transfer);
    });
  }

  dispose(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }
}
