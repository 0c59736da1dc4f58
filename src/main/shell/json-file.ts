import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import type { Failure } from '../../shared/model/failure';

/**
 * A small JSON file with a schema. A file that does not parse is set aside as `*.damaged`, which is told, and the fallback is
 * used; writing goes through a second file and a rename, so that a crash leaves the old content.
 */
export class JsonFile<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T>;
  readonly #fallback: T;

  readonly #onDamage: (failure: Failure) => void;

  constructor(path: string, schema: z.ZodType<T>, fallback: T, onDamage: (failure: Failure) => void) {
    this.#path = path;
    this.#schema = schema;
    this.#fallback = fallback;
    this.#onDamage = onDamage;
  }

  read(): T {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.#fallback;
      throw error;
    }
    const parsed = this.#schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    const aside = `${this.#path}.damaged`;
    renameSync(this.#path, aside);
    this.#onDamage(damaged(this.#path, aside));
    return this.#fallback;
  }

  write(value: T): void {
    mkdirSync(dirname(this.#path), { recursive: true });
    const next = `${this.#path}.next`;
    writeFileSync(next, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(next, this.#path);
  }
}

const damaged = (path: string, aside: string): Failure => ({
  code: 'file-damaged',
  message: `The file ${path} is damaged: what it kept is not known any more.`,
  nextStep: `Enter it again where it is missing. The file as it was is kept as ${aside}.`,
});

/** Undefined when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
