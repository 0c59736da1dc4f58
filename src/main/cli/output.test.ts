import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { Output } from './output';

const broken = (code: string) => new Writable({ write: (_chunk, _encoding, done) => done(withCode(code)) });
const withCode = (code: string): Error => Object.assign(new Error(code), { code });

it('is drained when its reader has taken everything, not before', async () => {
  const taken: string[] = [];
  let take = (): void => undefined;
  const output = new Output(
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        take = () => {
          taken.push(chunk.toString());
          done();
        };
      },
    }),
    () => undefined,
  );
  output.write('the last line');
  let isDrained = false;
  const drained = output.drained().then(() => (isDrained = true));
  await new Promise(setImmediate);
  expect(isDrained).toBe(false);
  take();
  await new Promise(setImmediate);
  take();
  await drained;
  expect(taken).toEqual(['the last line', '']);
});

it.each([
  ['EPIPE', 'reader-gone'],
  ['EOF', 'reader-gone'],
  ['ENOSPC', withCode('ENOSPC')],
])('tells once that it is broken (%s), drops what follows, and holds nobody up', async (code, told) => {
  const tellings: unknown[] = [];
  const output = new Output(broken(code), (failure) => tellings.push(failure));
  output.write('one');
  output.write('two');
  await output.drained();
  await new Promise(setImmediate);
  output.write('three');
  await output.drained();
  expect(tellings).toEqual([told]);
});
