// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bridge } from '../shared/contract/bridge';
import { APPLICATION_MENU } from '../shared/contract/menu';
import { ok } from '../shared/model/result';
import { FIX } from '../shared/preflight';
import { contribute } from './contributions';
import { CONTEXT_KEYS } from './platform/context-keys';
import { createServices, type Services } from './workbench/services';

/** The border to the main process; nobody answers, since nothing is asked here. */
const silentBridge: Bridge = {
  request: () => Promise.resolve(ok(undefined as never)),
  on: () => () => undefined,
};
let services: Services;

beforeEach(() => {
  services = createServices(silentBridge, 'linux');
  contribute(services);
});

describe('what the features contribute', () => {
  it('menus, views and panels name commands that exist', () => {
    const { registries, commands } = services;
    const named = [
      ...registries.menus.all().map(({ command }) => command),
      ...registries.views.all().flatMap(({ id, actions = [] }) => [`view.${id}`, ...actions]),
      ...registries.panelViews.all().flatMap(({ id, actions = [] }) => [`panel.${id}`, ...actions]),
    ];
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((id) => commands.get(id) === undefined)).toEqual([]);
  });

  it('the native menu names commands that exist, with the keys that run them', () => {
    const items = Object.values(APPLICATION_MENU)
      .flat()
      .filter((entry) => entry !== 'separator' && 'command' in entry);
    expect(items.length).toBeGreaterThan(20);
    const wrong = items.filter(({ command, keys }) => {
      const known = services.commands.get(command);
      return known === undefined || (keys !== undefined && !known.keys?.includes(keys));
    });
    expect(wrong).toEqual([]);
  });

  it('the commands that findings offer exist', () => {
    expect(Object.values(FIX).filter((id) => services.commands.get(id) === undefined)).toEqual([]);
  });

  it('when clauses name declared context keys only', () => {
    for (const { id } of services.commands.all()) {
      expect(() => services.commands.isEnabled(id), id).not.toThrow();
    }
  });

  it('every declared context key is read by some when clause', () => {
    const clauses = services.commands.all().map(({ when = '' }) => when);
    const unread = Object.keys(CONTEXT_KEYS).filter(
      (key) => !clauses.some((clause) => clause.split(/[^\w.]+/).includes(key)),
    );
    expect(unread).toEqual([]);
  });

  it('no two commands share a key, and no key is the start of another chord', () => {
    const keys = services.commands.all().flatMap(({ id, keys: own = [] }) => own.map((key) => ({ id, key })));
    const clashes = keys.filter((a) =>
      keys.some((b) => a !== b && (a.key === b.key || b.key.startsWith(`${a.key} `))),
    );
    expect(clashes).toEqual([]);
  });

  it('every command says what it does, in the same manner', () => {
    const odd = services.commands
      .all()
      .filter(
        ({ title, id }) => !/^[A-Z]/.test(title) || title.endsWith('.') || !/^[a-z]+\.[a-zA-Z0-9]+$/.test(id),
      )
      .map(({ id }) => id);
    expect(odd).toEqual([]);
  });

  it('the palette lists what can run now, and finds it by a few letters', () => {
    const palette = services.registries.quickAccess.get('>')!;
    const ids = palette.items('').map(({ id }) => id);
    expect(ids).toContain('pool.openDemo');
    expect(ids).not.toContain('cbt.enable');
    services.contextKeys.set({ 'object.kind': 'disk', 'disk.canTrack': true, 'pool.connected': true });
    expect(palette.items('enab trac').map(({ id }) => id)[0]).toBe('cbt.enable');
  });
});
