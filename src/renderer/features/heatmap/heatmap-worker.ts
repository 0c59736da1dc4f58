import { createAnswerers } from './model/answer';
import type { Ask, QuestionName, Questions, Reply } from './model/protocol';

const answerers = createAnswerers();

/** What need not be copied: the worker keeps nothing of its answers. */
function transferable(answer: unknown): Transferable[] {
  if (answer instanceof Uint8Array) return [answer.buffer];
  if (typeof answer === 'object' && answer !== null && 'text' in answer && answer.text instanceof Uint8Array)
    return [answer.text.buffer];
  return [];
}

function reply<Q extends QuestionName>({ id, question, ask }: Ask<Q>): void {
  let message: Reply;
  try {
    const answer: Questions[Q]['answer'] = answerers[question](ask);
    message = { id, answer };
    self.postMessage(message, { transfer: transferable(answer) });
  } catch (error) {
    message = { id, error: error instanceof Error ? error.message : String(error) };
    self.postMessage(message);
  }
}

self.addEventListener('message', (event: MessageEvent<Ask>) => reply(event.data));
