import type { Ask, QuestionName, Questions, Reply } from './model/protocol';

/** The heatmap's worker as a set of questions with promised answers. */
export class HeatmapWorker {
  readonly #worker = new Worker(new URL('./heatmap-worker.ts', import.meta.url), {
    type: 'module',
    name: 'heatmap',
  });
  readonly #waiting = new Map<number, { resolve: (answer: never) => void; reject: (error: Error) => void }>();
  #lastId = 0;

  constructor() {
    this.#worker.addEventListener('message', (event: MessageEvent<Reply>) => {
      const reply = event.data;
      const waiting = this.#waiting.get(reply.id);
      this.#waiting.delete(reply.id);
      if ('error' in reply) waiting?.reject(new Error(reply.error));
      else waiting?.resolve(reply.answer as never);
    });
    this.#worker.addEventListener('error', (event) => {
      const error = new Error(`The heatmap worker stopped: ${event.message}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  ask<Q extends QuestionName>(
    question: Q,
    ask: Questions[Q]['ask'],
    transfer: Transferable[] = [],
  ): Promise<Questions[Q]['answer']> {
    const message: Ask<Q> = { id: ++this.#lastId, question, ask };
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.id, { resolve, reject });
      this.#worker.postMessage(message, transfer);
    });
  }

  dispose(): void {
    this.#worker.terminate();
    this.#waiting.clear();
  }
}
