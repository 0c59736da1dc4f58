// @vitest-environment happy-dom
import { expect, it } from 'vitest';
import type { Bridge } from '../../shared/contract/bridge';
import { ok } from '../../shared/model/result';
import { settingsSchema } from '../../shared/model/settings';
import { createServices } from './services';
import { loadState, wireEngine } from './wiring';

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
