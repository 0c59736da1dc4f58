import { expect, it } from 'vitest';
import { endAtOnce, endWhenDone, type EndingProcess } from './end-process';

/** Notes what is done to it, in order. */
function ending(parts: Partial<EndingProcess>): { process: EndingProcess; done: string[] } {
  const done: string[] = [];
  const process: EndingProcess = {
    endThreads: () => Promise.resolve(true),
    drained: () => Promise.resolve(void done.push('drained')),
    warn: () => done.push('warned'),
    exitWith: (code) => done.push(`exit ${code}`),
    kill: () => done.push('killed'),
    ...parts,
  };
  return { process, done };
}
const hang = { endThreads: () => Promise.resolve(false) };

it('ends by itself once all threads have ended', async () => {
  const { process, done } = ending({});
  await endWhenDone(process);
  expect(done).toEqual([]);
});

it('is ended by force where a thread hangs, after all output has gone out', async () => {
  let goesOut = (): void => undefined;
  const { process, done } = ending({
    ...hang,
    drained: () => new Promise((resolve) => (goesOut = resolve)),
  });
  const end = endWhenDone(process);
  await new Promise(setImmediate);
  expect(done).toEqual(['warned']);
  goesOut();
  await end;
  expect(done).toEqual(['warned', 'killed']);
});

it('ends at once with the code it is given, after its threads', async () => {
  const { process, done } = ending({});
  await endAtOnce(130, process);
  expect(done).toEqual(['drained', 'exit 130']);
});

it('ends at once also where a thread hangs, and where nobody reads', async () => {
  const thread = ending(hang);
  await endAtOnce(130, thread.process);
  expect(thread.done).toEqual(['drained', 'killed']);
  const reader = ending({ drained: () => new Promise(() => undefined) });
  await endAtOnce(130, reader.process);
  expect(reader.done).toEqual(['exit 130']);
});
