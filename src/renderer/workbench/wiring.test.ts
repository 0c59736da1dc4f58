// @vitest-environment happy-dom
import { afterEach, expect, it, vi } from 'vitest';
import type { Bridge } from '../../shared/contract/bridge';
import { err, ok } from '../../shared/model/result';
import { settingsSchema } from '../../shared/model/settings';
import { createServices } from './services';
import { loadState, wireEngine } from './wiring';

afterEach(() => vi.useRealTimers());

it('shows what failed before the window was there, and what fails later', async () => {
  const failure = (message: string) => ({ code: 'x', message, nextStep: 'Try again.' });
  const listeners = new Map<string, (payload: never) => void>();
  const bridge: Bridge = {
    request: (name) => {
      const answers: Record<string, unknown> = {
        'app.takeTroubles': [failure('early')],
        'pools.list': [],
        'jobs.list': [],
        'settings.load': { settings: settingsSchema.parse({}) },
        'library.operations': [],
      };
      return Promise.resolve(ok(answers[name] as never));
    },
    on: (name, listener) => {
      listeners.set(name, listener);
      return () => undefined;
    },
  };
  const services = createServices(bridge, 'linux');
  wireEngine(services);
  listeners.get('app.trouble')?.(failure('late') as never);
  await loadState(services);
  const told = services.notifications.getState().list;
  expect(told.map(({ message, severity }) => [message, severity])).toEqual([
    ['early', 'error'],
    ['late', 'error'],
  ]);
});

it('a job that ends and left something on its pool is told so, and its pool is looked over again', () => {
  vi.useFakeTimers();
  const failure = { code: 'left-on-pool', message: 'Something is left.', nextStep: 'Remove it.' };
  const listeners = new Map<string, (payload: never) => void>();
  const asked: string[] = [];
  const services = createServices(
    {
      request: (name) => {
        asked.push(name);
        return Promise.resolve(err(failure));
      },
      on: (name, listener) => {
        listeners.set(name, listener);
        return () => undefined;
      },
    },
    'linux',
  );
  wireEngine(services);
  const tell = (name: string, payload: unknown): void => listeners.get(name)?.(payload as never);
  tell('pools.changed', [{ id: 'p', url: 'https://p', name: 'p', state: 'connected', isDemo: false }]);
  const job = { id: 'j', title: 'Export of flash', state: 'running', createdAt: '2026-01-01', disks: [] };
  tell('jobs.changed', job);
  vi.advanceTimersByTime(10_000);
  expect(asked).not.toContain('findings.get');
  tell('jobs.changed', { ...job, state: 'done', leftBehind: { poolUuid: 'u', failure } });
  vi.advanceTimersByTime(10_000);
  expect(asked.filter((name) => name === 'findings.get')).toHaveLength(1);
  expect(services.notifications.getState().list).toMatchObject([
    { severity: 'warning', message: 'Export of flash: done. Something is left.', nextStep: 'Remove it.' },
  ]);
});
