import { createAnswerers } from './model/answer';
import type { Ask, QuestionName, Questions, Reply } from './model/protocol';

const answerers = createAnswerers();

function reply<Q extends QuestionName>({ id, question, ask }: Ask<Q>): void {
  let message: Reply;
  try {
    const answer: Questions[Q]['answer'] = answerers[question](ask);
    message = { id, answer };
    self.postMessage(message, { transfer: answer instanceof Uint8Array ? [answer.buffer] : [] });
  } catch (error) {
    message = { id, error: error instanceof Error ? error.message : String(error) };
    self.postMessage(message);
  }
}

self.addEventListener('message', (event: MessageEvent<Ask>) => reply(event.data));
