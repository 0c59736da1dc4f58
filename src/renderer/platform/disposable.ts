/** Something that holds a registration or a listener until it is disposed of. */
export interface Disposable {
  dispose(): void;
}

export const toDisposable = (dispose: () => void): Disposable => ({ dispose });

/** One disposable for many; the last registered goes first. */
export function combine(...parts: readonly Disposable[]): Disposable {
  return toDisposable(() => {
    for (const part of [...parts].reverse()) part.dispose();
  });
}

/** A list of listeners. Listeners hear that something changed; they do not steer. */
export class Emitter<T = void> {
  readonly #listeners = new Set<(value: T) => void>();

  readonly on = (listener: (value: T) => void): Disposable => {
    this.#listeners.add(listener);
    return toDisposable(() => this.#listeners.delete(listener));
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
