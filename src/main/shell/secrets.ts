import { z } from 'zod';
import { JsonFile } from './json-file';
import { decrypt, encrypt, hasKeychain } from './keychain';

const schema = z.record(z.string(), z.string());

/**
 * Passwords by pool id, encrypted by the operating system's keychain. Where there is none they stay in memory until the
 * app is closed.
 */
export class Secrets {
  readonly #file: JsonFile<Record<string, string>>;
  readonly #memory = new Map<string, string>();

  constructor(path: string) {
    this.#file = new JsonFile(path, schema, {});
  }

  /** Keeps the password for this session and, when `persist` is set and a keychain exists, beyond it. */
  async set(id: string, password: string, persist: boolean): Promise<void> {
    this.#memory.set(id, password);
    if (!persist || !(await hasKeychain())) return;
    const encrypted = await encrypt(password);
    this.#file.write({ ...this.#file.read(), [id]: encrypted.toString('base64') });
  }

  async get(id: string): Promise<string | undefined> {
    const inMemory = this.#memory.get(id);
    if (inMemory !== undefined || !(await hasKeychain())) return inMemory;
    const stored = this.#file.read()[id];
    return stored === undefined ? undefined : decrypt(Buffer.from(stored, 'base64'));
  }

  delete(id: string): void {
    this.#memory.delete(id);
    const others = Object.entries(this.#file.read()).filter(([other]) => other !== id);
    this.#file.write(Object.fromEntries(others));
  }
}
