import { expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../shared/model/result';
import type { ToWorker } from './messages';
import { StreamFeed } from './stream-feed';

const broken = { code: 'disk-io-error', message: 'The host says so.', nextStep: 'Look there.' };

/** Feeds two chunks and returns what the worker was told, without the chunks themselves. */
async function told(finished: Result<void>, fails = false): Promise<ToWorker[]> {
  const said: ToWorker[] = [];
  const chunks = (async function* () {
    yield await Promise.resolve(Buffer.alloc(3));
    if (fails) throw new Error('cut');
    yield Buffer.alloc(4);
  })();
  const stream = { chunks, finished: () => Promise.resolve(finished), cancel: () => Promise.resolve() };
  await new StreamFeed(stream, (message) => said.push(message)).run();
  expect(said.filter(({ type }) => type === 'chunk')).toHaveLength(fails ? 1 : 2);
  return said.filter(({ type }) => type !== 'chunk');
}

it('a stream that came to its end is whole only if the host says so', async () => {
  expect(await told(ok(undefined))).toEqual([{ type: 'chunks-end' }]);
  expect(await told(err(broken))).toEqual([{ type: 'chunks-end', failure: broken }]);
});

it('one that breaks off is told as such', async () => {
  expect(await told(ok(undefined), true)).toMatchObject([{ type: 'chunks-end', failure: {} }]);
});
