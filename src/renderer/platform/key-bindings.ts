import { createKeybindingsHandler } from 'tinykeys';
import type { CommandRegistry } from './commands';
import { toDisposable, type Disposable } from './disposable';

export interface KeyBindingOptions {
  /** True while a modal dialog has the keyboard: then no binding fires. */
  readonly isModal: () => boolean;
}

const EDITABLE = 'input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]';

/** A key that would type or move inside a text field when pressed alone. */
const isPlain = (event: KeyboardEvent): boolean =>
  !event.ctrlKey && !event.metaKey && !event.altKey && !/^F\d+$/.test(event.key);

/** Runs commands from keys. Of several commands on one key, the last registered whose `when` holds wins. */
export class KeyBindings {
  readonly #commands: CommandRegistry;
  readonly #options: KeyBindingOptions;
  #handler: ((event: KeyboardEvent) => void) | undefined;

  constructor(commands: CommandRegistry, options: KeyBindingOptions) {
    this.#commands = commands;
    this.#options = options;
    commands.onDidChange(() => (this.#handler = undefined));
  }

  attach(target: Window | HTMLElement): Disposable {
    const listen = (event: Event): void => {
      this.#handler ??= this.#build();
      this.#handler(event as KeyboardEvent);
    };
    target.addEventListener('keydown', listen);
    return toDisposable(() => target.removeEventListener('keydown', listen));
  }

  #build(): (event: KeyboardEvent) => void {
    const byKey = new Map<string, string[]>();
    for (const { id, keys } of this.#commands.all()) {
      for (const key of keys ?? []) byKey.set(key, [id, ...(byKey.get(key) ?? [])]);
    }
    const bindings = [...byKey].map(
      ([key, ids]) => [key, (event: KeyboardEvent) => this.#dispatch(event, ids)] as const,
    );
    return createKeybindingsHandler(Object.fromEntries(bindings));
  }

  #dispatch(event: KeyboardEvent, ids: readonly string[]): void {
    if (event.defaultPrevented || this.#options.isModal()) return;
    const typing = event.target instanceof Element && event.target.closest(EDITABLE) !== null;
    if (typing && isPlain(event)) return;
    const id = ids.find((candidate) => this.#commands.isEnabled(candidate));
    if (id === undefined) return;
    event.preventDefault();
    void this.#commands.run(id);
  }
}

const MAC_SIGNS: Readonly<Record<string, string>> = { $mod: '⌘', Shift: '⇧', Alt: '⌥', Control: '⌃' };
const SIGNS: Readonly<Record<string, string>> = { $mod: 'Ctrl', Control: 'Ctrl' };
const NAMES: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Backquote: '`',
  Backslash: '\\',
  Comma: ',',
  Slash: '/',
  Equal: '=',
  Minus: '-',
  Period: '.',
  Escape: 'Esc',
  Delete: 'Del',
};

/** A binding as the user reads it: one list of key caps per press. */
export function keyCaps(pattern: string, platform: string): string[][] {
  const signs = platform === 'darwin' ? MAC_SIGNS : SIGNS;
  return pattern
    .split(' ')
    .map((press) =>
      press
        .split('+')
        .map((part) => signs[part] ?? NAMES[part] ?? part.replace(/^(Key|Digit)(?=[A-Z0-9]$)/, '')),
    );
}

/** The same as one string, `Ctrl+K Ctrl+S`, for tooltips and `aria-keyshortcuts`. */
export const keyText = (pattern: string, platform: string): string =>
  keyCaps(pattern, platform)
    .map((caps) => caps.join(platform === 'darwin' ? '' : '+'))
    .join(' ');
