import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Call = 'link' | 'unlink' | 'rename' | 'lstat';
type Anything = (...args: unknown[]) => Promise<unknown>;
const calls = fs.promises as unknown as Record<Call, Anything>;

export const failingCall = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: a call`), { code, syscall: 'call' });

/** Calls of this process to a file system that does them, but whose answer gets lost; or that does others instead. */
export class LostAnswers {
  /** How often so far. */
  lost = 0;
  readonly #original = new Map<Call, Anything>();

  /** Once, for the call that names this path. */
  lose(call: Call, path: string, code: string): void {
    let isLost = false;
    this.replace(call, async (original, ...args) => {
      const answer = await original(...args);
      if (isLost || !args.includes(path)) return answer;
      isLost = true;
      this.lost++;
      throw failingCall(code);
    });
  }

  replace(call: Call, by: (original: Anything, ...args: unknown[]) => Promise<unknown>): void {
    const original = calls[call];
    if (!this.#original.has(call)) this.#original.set(call, original);
    calls[call] = (...args) => by(original, ...args);
    syncBuiltinESMExports();
  }

  /** Everything answers again. */
  end(): void {
    for (const [call, original] of this.#original) calls[call] = original;
    this.#original.clear();
    this.lost = 0;
    syncBuiltinESMExports();
  }
}
