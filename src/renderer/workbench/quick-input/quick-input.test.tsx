// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { err } from '../../../shared/model/result';
import { createServices, type Services } from '../services';
import { ServicesProvider } from '../use-services';
import { commandProvider } from './providers';
import { QuickInput } from './quick-input';

const ran: string[] = [];
let services: Services;

beforeEach(() => {
  ran.length = 0;
  const failure = { code: 'none', message: 'm', nextStep: 'n' };
  services = createServices(
    { request: () => Promise.resolve(err(failure)), on: () => () => undefined },
    'linux',
  );
  const command = (title: string, when?: string) => ({
    id: `test.${title.toLowerCase()}`,
    title,
    ...(when === undefined ? {} : { when }),
    run: () => void ran.push(title),
  });
  services.commands.register(
    command('Alpha', 'pool.connected'),
    command('Beta'),
    command('Gamma', 'disk.cbt'),
    command('Delta'),
  );
  services.registries.quickAccess.register(commandProvider(services));
  vi.spyOn(HTMLElement.prototype, 'scrollIntoView').mockReturnValue(undefined);
  render(
    <ServicesProvider services={services}>
      <QuickInput />
    </ServicesProvider>,
  );
  act(() => services.quickInput.show('>'));
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

const listed = () => screen.getAllByRole('option').map(({ textContent }) => textContent);
const chosen = () => screen.getByRole('option', { selected: true }).textContent;
const press = (key: string) => fireEvent.keyDown(screen.getByRole('combobox'), { key });

it('lists a command as soon as it can run, and no longer than it can', () => {
  expect(listed()).toEqual(['Beta', 'Delta']);
  act(() => services.contextKeys.set({ 'pool.connected': true, 'disk.cbt': true }));
  expect(listed()).toEqual(['Alpha', 'Beta', 'Delta', 'Gamma']);
  act(() => services.contextKeys.set({ 'pool.connected': false }));
  expect(listed()).toEqual(['Beta', 'Delta', 'Gamma']);
});

it('keeps the chosen command chosen while others come and go, so that Enter runs it', async () => {
  press('ArrowDown');
  expect(chosen()).toBe('Delta');
  act(() => services.contextKeys.set({ 'pool.connected': true }));
  expect(listed()).toEqual(['Alpha', 'Beta', 'Delta']);
  expect(chosen()).toBe('Delta');
  press('Enter');
  await vi.waitFor(() => expect(ran).toEqual(['Delta']));
});

it('chooses what is next when the chosen command can no longer run', () => {
  act(() => services.contextKeys.set({ 'disk.cbt': true }));
  press('ArrowUp');
  expect(chosen()).toBe('Gamma');
  act(() => services.contextKeys.set({ 'disk.cbt': false }));
  expect(chosen()).toBe('Delta');
});
