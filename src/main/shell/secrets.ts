import { safeStorage } from 'electron';
import { z } from 'zod';
import { JsonFile } from './json-file';

const schema = z.record(z.string(), z.string());

/**
 * Passwords by pool id, encrypted by the operating system's keychain. Where there is none (or only Chromium's fixed
 * key, which protects nothing) they stay in memory until the app is closed.
 */
export class Secrets {
  readonly #file: JsonFile<Record<string, string>>;
  readonly #memory = new Map<string, string>();

  constructor(path: string) {
    this.#file = new JsonFile(path, schema, {});
  }

  get persistent(): boolean {
    if (!safeStorage.isEncryptionAvailable()) return false;
    if (process.platform !== 'linux') return true;
    const backend: string = safeStorage.getSelectedStorageBackend();
    return backend !== 'basic_text' && backend !== 'unknown';
  }

  /** Keeps the password for this session and, when `persist` is set and a keychain exists, beyond it. */
  set(id: string, password: string, persist: boolean): void {
    this.#memory.set(id, password);
    if (!persist || !this.persistent) return;
    const encrypted = safeStorage.encryptString(password).toString('base64');
    this.#file.write({ ...this.#file.read(), [id]: encrypted });
  }

  get(id: string): string | undefined {
    const inMemory = this.#memory.get(id);
    if (inMemory !== undefined || !this.persistent) return inMemory;
    const stored = this.#file.read()[id];
    return stored === undefined ? undefined : safeStorage.decryptString(Buffer.from(stored, 'base64'));
  }

  delete(id: string): void {
    this.#memory.delete(id);
    const { [id]: _gone, ...rest } = this.#file.read();
    this.#file.write(rest);
  }
}
