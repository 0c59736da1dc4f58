import { beforeEach, expect, it, vi } from 'vitest';
import { err } from '../../../../shared/model/result';
import type { NbdEvent, OpenNbdOptions } from '../../nbd/settings';
import { CopyCounters } from './counters';
import { openSource } from './open-source';
import { Pace } from './pace';

const seen: OpenNbdOptions[] = [];
const refused = { code: 'nbd-refused-before-greeting', message: 'It is full.', nextStep: 'Wait.' };
vi.mock('../../nbd/open', () => ({
  openNbd: (options: OpenNbdOptions) => {
    seen.push(options);
    return Promise.resolve(err(refused));
  },
}));
const log: string[] = [];
const levels: string[] = [];
beforeEach(() => {
  seen.length = 0;
  log.length = 0;
  levels.length = 0;
});

const hooks = {
  counters: new CopyCounters(),
  pace: new Pace(),
  log: (level: string, text: string) => {
    levels.push(level);
    log.push(text);
  },
  connected: () => undefined,
  flushing: () => undefined,
  checkpoint: () => undefined,
};
const open = (more: { poolHost?: boolean }): Promise<unknown> =>
  openSource({ kind: 'nbd', targets: [], ...more }, hooks, new AbortController().signal).catch(
    () => undefined,
  );

it('a pool’s host is read in sectors, waited for while it is full, and asked when it falls silent', async () => {
  await open({ poolHost: true });
  expect(seen).toMatchObject([
    {
      multiConnWithoutFlag: true,
      minimumBlockSize: 512,
      busyPatienceMs: 120_000,
      waitWhileFull: true,
      knockAfterMs: 5000,
    },
  ]);
  await open({});
  expect(seen[1]).toMatchObject({ multiConnWithoutFlag: false });
  expect(Object.keys(seen[1])).not.toEqual(expect.arrayContaining(['knockAfterMs']));
});

it('tells in the log what is waited for and tried again', async () => {
  await open({ poolHost: true });
  const events: NbdEvent[] = [
    { kind: 'busy', failure: refused },
    { kind: 'retry', offset: 4096, length: 512, attempt: 1, failure: refused },
    { kind: 'lost', failure: { ...refused, message: 'It hung up.' } },
    { kind: 'gave-up', failure: { ...refused, message: 'It stays away.' } },
  ];
  for (const event of events) seen[0].onEvent?.(event);
  expect(log).toEqual([
    'It is full. It may be busy, and is asked again.',
    'Read at 4096 is tried again (1): It is full.',
    'It hung up.',
    'It stays away.',
  ]);
  expect(hooks.counters.get('retries')).toBe(1);
});

it('reads that fail with their connection are told once, and counted each', async () => {
  await open({ poolHost: true });
  const gone = { ...refused, message: 'It hung up.' };
  const before = hooks.counters.get('retries');
  for (const attempt of [1, 2]) {
    seen[0].onEvent?.({ kind: 'lost', failure: gone });
    for (const offset of [0, 512, 1024])
      seen[0].onEvent?.({ kind: 'retry', offset, length: 512, attempt, failure: gone });
  }
  seen[0].onEvent?.({ kind: 'retry', offset: 512, length: 512, attempt: 2, failure: refused });
  seen[0].onEvent?.({ kind: 'lost', failure: gone });
  seen[0].onEvent?.({ kind: 'retry', offset: 0, length: 512, attempt: 2, failure: gone });
  expect(log).toEqual([
    'It hung up.',
    'Read at 0 is tried again (1): It hung up.',
    'It hung up.',
    'Read at 0 is tried again (2): It hung up.',
    'Read at 512 is tried again (2): It is full.',
    'It hung up.',
    'Read at 0 is tried again (2): It hung up.',
  ]);
  expect(hooks.counters.get('retries') - before).toBe(8);
});

it('a server that stays busy is a warning, once until it lets us in', async () => {
  await open({ poolHost: true });
  const busy: NbdEvent = { kind: 'busy', failure: refused };
  for (const event of [busy, busy, busy, { kind: 'connected', where: 'host' } as const, busy])
    seen[0].onEvent?.(event);
  expect(levels).toEqual(['info', 'warn', 'info', 'info', 'info']);
});
