// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandRegistry } from './commands';
import { ContextKeys } from './context-keys';
import { KeyBindings, keyCaps, keyText } from './key-bindings';

let modal: boolean;
let context: ContextKeys;
let commands: CommandRegistry;

const press = (key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body): boolean =>
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));

beforeEach(() => {
  modal = false;
  document.body.innerHTML = '<input id="field" /><input id="box" type="checkbox" />';
  context = new ContextKeys();
  commands = new CommandRegistry(context, (error) => {
    throw error;
  });
  new KeyBindings(commands, { isModal: () => modal }).attach(document.body);
});

describe('key bindings', () => {
  it('run the command and keep the key from the browser', () => {
    const run = vi.fn();
    commands.register({ id: 'a', title: 'A', keys: ['Control+KeyP'], run });
    const goesOn = press('p', { code: 'KeyP', ctrlKey: true });
    expect(run).toHaveBeenCalledOnce();
    expect(goesOn).toBe(false);
    press('p', { code: 'KeyP', ctrlKey: true, shiftKey: true });
    expect(run).toHaveBeenCalledOnce();
  });

  it('give the key to the last registered command whose when holds', () => {
    const [general, special] = [vi.fn(), vi.fn()];
    commands.register({ id: 'general', title: 'G', keys: ['F2'], run: general });
    commands.register({ id: 'special', title: 'S', keys: ['F2'], when: 'editor.open', run: special });
    press('F2');
    context.set({ 'editor.open': true });
    press('F2');
    expect([general.mock.calls.length, special.mock.calls.length]).toEqual([1, 1]);
  });

  it('leave plain keys to text fields, but not to check boxes', () => {
    const run = vi.fn();
    commands.register({ id: 'a', title: 'A', keys: ['Delete', 'Control+Enter', 'F5'], run });
    const field = document.querySelector('#field')!;
    press('Delete', {}, field);
    expect(run).not.toHaveBeenCalled();
    press('Enter', { ctrlKey: true }, field);
    press('F5', {}, field);
    press('Delete', {}, document.querySelector('#box')!);
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('follow chords', () => {
    const run = vi.fn();
    commands.register({ id: 'a', title: 'A', keys: ['Control+KeyK Control+KeyS'], run });
    press('k', { code: 'KeyK', ctrlKey: true });
    expect(run).not.toHaveBeenCalled();
    press('s', { code: 'KeyS', ctrlKey: true });
    expect(run).toHaveBeenCalledOnce();
  });

  it('rest while a dialog is modal', () => {
    const run = vi.fn();
    commands.register({ id: 'a', title: 'A', keys: ['F5'], run });
    modal = true;
    expect(press('F5')).toBe(true);
    expect(run).not.toHaveBeenCalled();
  });
});

describe('key caps', () => {
  it('read as the platform writes them', () => {
    expect(keyCaps('$mod+KeyK $mod+KeyS', 'linux')).toEqual([
      ['Ctrl', 'K'],
      ['Ctrl', 'S'],
    ]);
    expect(keyText('$mod+Shift+KeyP', 'linux')).toBe('Ctrl+Shift+P');
    expect(keyText('$mod+Shift+KeyP', 'darwin')).toBe('⌘⇧P');
    expect(keyText('Alt+ArrowLeft', 'win32')).toBe('Alt+←');
  });
});
