import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../../shared/model/failure';
import type { Clock } from '../clock';
import { EventFeed } from './event-feed';
import { RecordCache } from './record-cache';
import type { PoolEvent } from './records';

const pool = {
  class: 'pool',
  operation: 'add',
  ref: 'p',
  snapshot: { uuid: 'p', name_label: '', master: 'h' },
};
const network = (ref: string) => ({
  class: 'network',
  operation: 'add',
  ref,
  snapshot: { uuid: ref, purpose: [] },
});
const host = (ref: string) => ({
  class: 'host', operation: 'add', ref, snapshot: { uuid: ref, name_label: ref, address: '', software_version: {} },
}); // prettier-ignore
const unreachable = new FailureError({ code: 'pool-unreachable', message: '', nextStep: '' });

type Answer = { events?: object[]; counts?: Record<string, number>; token?: string } | Error;

/** A feed whose answers the test gives: `all` for a fetch of everything, `next` one after another, then silence. */
function feed(all: () => Answer, next: Answer[], sleep?: Clock['sleep']) {
  const cache = new RecordCache();
  const log: string[] = [];
  let anew = 0;
  const pauses: number[] = [];
  const end = new AbortController();
  let fetches = 0;
  let idle = (): void => undefined;
  const isIdle = new Promise<void>((resolve) => (idle = resolve));
  const call = async (_method: string, [classes, token]: readonly unknown[]): Promise<unknown> => {
    const isFetch = token === '';
    if (isFetch && (classes as string[]).includes('host')) fetches += 1;
    const answer = isFetch
      ? (classes as string[]).includes('host')
        ? all()
        : { events: [pool] }
      : next.shift();
    if (answer === undefined) {
      idle();
      return new Promise(() => undefined);
    }
    if (answer instanceof Error) throw answer;
    return { events: answer.events ?? [], valid_ref_counts: answer.counts ?? {}, token: answer.token ?? '1' };
  };
  const made = new EventFeed({
    call,
    reconnect: async () => void log.push('reconnect'),
    cache,
    onEvents: (events: readonly PoolEvent[]) => {
      for (const event of events) cache.apply(event);
    },
    onAnew: () => void (anew += 1),
    onLost: ({ code }) => log.push(`lost ${code}`),
    onFound: () => log.push('found'),
    clock: { now: () => new Date(), sleep: sleep ?? (async (ms) => void pauses.push(ms)) },
    signal: end.signal,
  });
  return {
    made,
    cache,
    log,
    pauses,
    isIdle,
    fetches: () => fetches,
    anew: () => anew,
    end: () => end.abort(),
  };
}

describe('the event feed', () => {
  it('looks for a lost pool with growing pauses and fetches everything again', async () => {
    const hosts = ['h1', 'h2'];
    const run = feed(() => ({ events: [pool, ...hosts.map(host)] }), [unreachable]);
    await run.made.start();
    expect([...run.cache.table('host').keys()]).toEqual(['h1', 'h2']);
    hosts.shift();
    await run.isIdle;
    expect(run.log).toEqual(['lost pool-unreachable', 'reconnect', 'found']);
    expect([...run.cache.table('host').keys()]).toEqual(['h2']);
    expect(run.anew()).toBe(2);
    run.end();
  });

  it('doubles its pauses up to half a minute', async () => {
    let fetches = 0;
    const run = feed(() => (++fetches > 1 && fetches < 9 ? unreachable : { events: [pool] }), [unreachable]);
    await run.made.start();
    await run.isIdle;
    const waits = run.pauses.filter((pause) => pause >= 500);
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    run.end();
  });

  it('fetches again when the pool counts other objects than it told of, but only once per difference', async () => {
    const skewed = { counts: { host: 1 } };
    const run = feed(() => ({ events: [pool, host('h1'), host('h2')] }), [{}, skewed, skewed, skewed]);
    await run.made.start();
    await run.isIdle;
    expect(run.fetches()).toBe(2);
    expect(run.anew()).toBe(2);
    expect(run.log).toEqual([]);
    run.end();
  });

  it('starts over without a word when the pool lost its events', async () => {
    const lost = new FailureError({ code: 'events-lost', message: '', nextStep: '' });
    const run = feed(() => ({ events: [pool] }), [lost, { events: [network('n')] }]);
    await run.made.start();
    await run.isIdle;
    expect(run.log).toEqual(['reconnect', 'found']);
    expect(run.cache.table('network').size).toBe(1);
    run.end();
  });

  it('lets a barrier pass once its token was reached', async () => {
    const run = feed(() => ({ events: [pool], token: '05' }), [{ token: '07' }, { token: '09' }]);
    await run.made.start();
    await run.made.passed('04');
    const order: string[] = [];
    const both = Promise.all([
      run.made.passed('09').then(() => order.push('09')),
      run.made.passed('06').then(() => order.push('06')),
    ]);
    await both;
    expect(order).toEqual(['06', '09']);
    run.end();
  });

  it.each(['09', '60'])(
    'fetches anew before a barrier passes after the pool went back: %s',
    async (token) => {
      const order: string[] = [];
      const tokens = ['50', '10'];
      let goOn = (): void => undefined;
      let isLost = (): void => undefined;
      const lost = new Promise<void>((resolve) => (isLost = resolve));
      const backOff = (): Promise<void> => {
        isLost();
        return new Promise((resolve) => (goOn = resolve));
      };
      const all = (): Answer => {
        order.push('fetched');
        return { events: [pool], token: tokens.shift()! };
      };
      const run = feed(all, [unreachable], backOff);
      await run.made.start();
      await lost;
      void run.made.passed(token).then(() => order.push('passed'));
      // One that passes at once has done so by then.
      await new Promise(setImmediate);
      goOn();
      await run.isIdle;
      await new Promise(setImmediate);
      expect(order).toEqual(['fetched', 'fetched', 'passed']);
      run.end();
    },
  );

  it('ends a pause once somebody waits, and makes none while they do', async () => {
    let isPausing = (): void => undefined;
    const pausing = new Promise<void>((resolve) => (isPausing = resolve));
    const sleep = (_: number, signal?: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        isPausing();
        signal?.addEventListener('abort', () => resolve());
      });
    const answers = ['01', '02', '03'].map((token) => ({ token }));
    const run = feed(() => ({ events: [pool], token: '00' }), answers, sleep);
    await run.made.start();
    await pausing;
    await run.made.passed('03');
    run.end();
  });

  it('refuses what is no event', async () => {
    const run = feed(() => ({ events: [{ nonsense: true }] }), []);
    await expect(run.made.start()).rejects.toMatchObject({ failure: { code: 'unexpected-answer' } });
  });
});
