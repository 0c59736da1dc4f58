import type { ContextKeys, ContextOverlay } from './context-keys';
import { Emitter, toDisposable, type Disposable } from './disposable';
import { evaluateWhen, parseWhen } from './when';

/** Everything the user can make the window do. Buttons, menus, the palette and keys all run commands. */
export interface Command {
  /** Stable, `noun.verb`: `disk.enableCbt`. */
  readonly id: string;
  readonly title: string;
  /** Shown before the title in the palette: `Disk: Enable…`. */
  readonly category?: string;
  /** Codicon name. */
  readonly icon?: string;
  /** When it can run; without it, always. */
  readonly when?: string;
  /** tinykeys patterns: `$mod+Shift+KeyP`, `$mod+KeyK $mod+KeyS`. */
  readonly keys?: readonly string[];
  /** False keeps it out of the palette: it needs an argument. */
  readonly palette?: boolean;
  /** Arguments come from menus, findings and deep links: check them. */
  readonly run: (...args: unknown[]) => void | Promise<void>;
}

export class CommandRegistry {
  readonly #commands = new Map<string, Command>();
  readonly #context: ContextKeys;
  readonly #onCrash: (error: unknown, commandId: string) => void;
  readonly #changed = new Emitter();
  readonly onDidChange = this.#changed.on;

  /** `onCrash` hears what a command throws: a bug, since failures are values. */
  constructor(context: ContextKeys, onCrash: (error: unknown, commandId: string) => void) {
    this.#context = context;
    this.#onCrash = onCrash;
  }

  register(...commands: readonly Command[]): Disposable {
    for (const command of commands) {
      if (this.#commands.has(command.id)) throw new Error(`command "${command.id}" is registered twice`);
      if (command.when !== undefined) parseWhen(command.when);
      this.#commands.set(command.id, command);
    }
    this.#changed.fire();
    return toDisposable(() => {
      for (const { id } of commands) this.#commands.delete(id);
      this.#changed.fire();
    });
  }

  get(id: string): Command | undefined {
    return this.#commands.get(id);
  }

  all(): readonly Command[] {
    return [...this.#commands.values()];
  }

  isEnabled(id: string, overlay?: ContextOverlay): boolean {
    const command = this.#commands.get(id);
    return command !== undefined && evaluateWhen(command.when, this.#context.lookup(overlay));
  }

  /** Runs a command, whether or not its `when` holds: the caller showed it. Never rejects. */
  async run(id: string, ...args: unknown[]): Promise<void> {
    const command = this.#commands.get(id);
    if (command === undefined) {
      this.#onCrash(new Error(`There is no command "${id}".`), id);
      return;
    }
    try {
      await command.run(...args);
    } catch (error) {
      this.#onCrash(error, id);
    }
  }
}
