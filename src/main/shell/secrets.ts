import { z } from 'zod';
import type { Failure } from '../../shared/model/failure';
import { JsonFile } from './json-file';

const schema = z.record(z.string(), z.string());

/** Encryption by the operating system. */
export interface Keychain {
  /** Whether secrets can be kept safely. */
  isThere(): Promise<boolean>;
  encrypt(text: string): Promise<Buffer>;
  decrypt(encrypted: Buffer): Promise<string>;
}

/**
 * Passwords by pool id, encrypted by the operating system's keychain. Where there is none they stay in memory until the
 * app is closed.
 */
export class Secrets {
  readonly #file: JsonFile<Record<string, string>>;
  readonly #keychain: Keychain;
  readonly #memory = new Map<string, string>();

  constructor(path: string, keychain: Keychain, onDamage: (failure: Failure) => void) {
    this.#file = new JsonFile(path, schema, {}, onDamage);
    this.#keychain = keychain;
  }

  /**
   * Keeps the password for this session and, when `persist` is set and a keychain exists, beyond it. Without `persist`
   * one that was kept before is deleted: whoever declines it wants none on this computer.
   */
  async set(id: string, password: string, persist: boolean): Promise<void> {
    this.#memory.set(id, password);
    if (!persist) this.#deleteStored(id);
    else if (await this.#keychain.isThere()) {
      const encrypted = await this.#keychain.encrypt(password);
      this.#file.write({ ...this.#file.read(), [id]: encrypted.toString('base64') });
    }
  }

  async get(id: string): Promise<string | undefined> {
    const inMemory = this.#memory.get(id);
    if (inMemory !== undefined || !(await this.#keychain.isThere())) return inMemory;
    const stored = this.#file.read()[id];
    return stored === undefined ? undefined : this.#keychain.decrypt(Buffer.from(stored, 'base64'));
  }

  delete(id: string): void {
    this.#memory.delete(id);
    this.#deleteStored(id);
  }

  #deleteStored(id: string): void {
    const stored = this.#file.read();
    if (!Object.hasOwn(stored, id)) return;
    this.#file.write(Object.fromEntries(Object.entries(stored).filter(([other]) => other !== id)));
  }
}
