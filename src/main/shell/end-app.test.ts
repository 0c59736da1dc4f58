import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endApp } from './end-app';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Stands for Electron: to quit asks `will-quit`, during which it does nothing else, and ends unless that was prevented. */
function start(logOut: () => Promise<void>, threadsEnded: (atMostMs: number) => Promise<boolean> = yes) {
  const events = new EventEmitter();
  const state = { ended: false, killed: false, hasWindow: false, quitting: false };
  const quit = (): void => {
    if (state.quitting) return;
    state.quitting = true;
    let prevented = false;
    events.emit('will-quit', { preventDefault: () => (prevented = true) });
    // Whatever was promised meanwhile is done before Electron looks at it.
    setImmediate(() => {
      state.quitting = false;
      state.ended = !prevented;
    });
  };
  endApp(
    {
      on: (name: string, listener: (event: { preventDefault(): void }) => void) => events.on(name, listener),
      quit,
    },
    {
      hasWindow: () => state.hasWindow,
      undo: atOnce,
      logOut,
      threadsEnded,
      kill: () => (state.killed = true),
    },
  );
  return { state, quit, closeWindow: () => events.emit('window-all-closed') };
}
const moments = async () => {
  for (let turn = 0; turn < 5; turn++) await vi.advanceTimersByTimeAsync(1);
};
const atOnce = () => Promise.resolve();
const yes = () => Promise.resolve(true);

it('logs out before it ends, once, whether it is told to quit or its last window is closed', async () => {
  for (const way of ['quit', 'closeWindow'] as const) {
    let done: () => void = () => undefined;
    const logOut = vi.fn(() => new Promise<void>((resolve) => (done = resolve)));
    const app = start(logOut);
    app[way]();
    await moments();
    app.quit();
    expect(app.state.ended).toBe(false);
    done();
    await moments();
    expect(app.state.ended).toBe(true);
    expect(logOut).toHaveBeenCalledOnce();
  }
});

it('ends although nothing has to be waited for', async () => {
  const app = start(atOnce);
  app.quit();
  await moments();
  expect(app.state.ended).toBe(true);
});

it('waits no longer than 3 s for a pool that does not answer', async () => {
  const app = start(() => new Promise(() => undefined));
  app.quit();
  await vi.advanceTimersByTimeAsync(2999);
  expect(app.state.ended).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await moments();
  expect(app.state.ended).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

it('stays when it is started again meanwhile, and logs out again when it ends at last', async () => {
  let done: () => void = () => undefined;
  const logOut = vi.fn(() => new Promise<void>((resolve) => (done = resolve)));
  const app = start(logOut);
  app.quit();
  app.state.hasWindow = true;
  done();
  await moments();
  expect(app.state.ended).toBe(false);
  app.state.hasWindow = false;
  app.quit();
  await moments();
  done();
  await moments();
  expect(app.state.ended).toBe(true);
  expect(logOut).toHaveBeenCalledTimes(2);
});

it('asks for its threads after it has logged out, and does not wait for one that does not end', async () => {
  const steps: string[] = [];
  const said = (step: string) => () => {
    steps.push(step);
    return Promise.resolve();
  };
  const app = start(said('logged out'), async (atMostMs) => {
    steps.push(`threads, ${atMostMs} ms`);
    return Promise.resolve(false);
  });
  app.quit();
  await moments();
  expect(steps).toEqual(['logged out', 'threads, 1000 ms']);
  expect(app.state).toMatchObject({ killed: true, ended: false });
});

it('waits for its threads, and is not killed when they have ended', async () => {
  let done: (ended: boolean) => void = () => undefined;
  const app = start(atOnce, () => new Promise((resolve) => (done = resolve)));
  app.quit();
  await moments();
  expect(app.state).toMatchObject({ killed: false, ended: false });
  done(true);
  await moments();
  expect(app.state).toMatchObject({ killed: false, ended: true });
});
