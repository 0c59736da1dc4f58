import { safeStorage } from 'electron';
import type { Keychain } from './secrets';

/** Encryption by the operating system; the methods that wait came with Electron 45, the others are older. */
interface Encryption {
  isAsyncEncryptionAvailable?(): Promise<boolean>;
  encryptStringAsync?(text: string): Promise<Buffer>;
  decryptStringAsync?(encrypted: Buffer): Promise<{ result: string }>;
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
  getSelectedStorageBackend?(): string;
}
const encryption: Encryption = safeStorage;

/** Whether secrets can be kept safely. Chromium's fixed key (`basic_text`) protects nothing and does not count. */
export async function hasKeychain(): Promise<boolean> {
  const available = (await encryption.isAsyncEncryptionAvailable?.()) ?? encryption.isEncryptionAvailable();
  if (!available || process.platform !== 'linux') return available;
  const backend = encryption.getSelectedStorageBackend?.();
  return backend !== 'basic_text' && backend !== 'unknown';
}

export const systemKeychain: Keychain = {
  isThere: hasKeychain,
  encrypt: async (text) => (await encryption.encryptStringAsync?.(text)) ?? encryption.encryptString(text),
  decrypt: async (encrypted) =>
    (await encryption.decryptStringAsync?.(encrypted))?.result ?? encryption.decryptString(encrypted),
};
