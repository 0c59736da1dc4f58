import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Reads and writes of a socket, one after another, as promises. A peer that went away is an answer, not an error. */
export class Channel {
  readonly socket: Socket;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    for (const event of WAKING) socket.on(event, this.#onEvent);
  }

  /** Exactly `length` bytes, or undefined when the peer went away before they all came. */
  async read(length: number): Promise<Buffer | undefined> {
    if (length === 0) return Buffer.alloc(0);
    for (;;) {
      const bytes = this.socket.read(length) as Buffer | null;
      if (bytes) return bytes.length === length ? bytes : undefined;
      if (this.#readingEnded()) return undefined;
      await this.#event();
    }
  }

  /** Sends the parts together and waits while the peer is slow. False when it went away. */
  async write(...parts: Buffer[]): Promise<boolean> {
    if (!this.#writable()) return false;
    this.socket.cork();
    for (const part of parts) this.socket.write(part);
    this.socket.uncork();
    while (this.#writable() && this.socket.writableNeedDrain) await this.#event();
    return this.#writable();
  }

  /** Discards what comes in until the peer goes away. */
  async untilClosed(): Promise<void> {
    while (!this.#readingEnded()) if (this.socket.read() === null) await this.#event();
  }

  /** Waits so long, or until the connection breaks. */
  async pause(milliseconds: number): Promise<void> {
    const broken = new AbortController();
    const stop = (): void => broken.abort();
    this.socket.once('close', stop);
    await sleep(milliseconds, undefined, { signal: broken.signal }).catch(() => undefined);
    this.socket.off('close', stop);
  }

  /** Stops listening, so that TLS can take the socket over. */
  detach(): void {
    for (const event of WAKING) this.socket.off(event, this.#onEvent);
    this.socket.on('error', () => undefined);
  }

  /** Sends what was written, then closes. */
  async close(): Promise<void> {
    this.socket.destroySoon();
    if (!this.socket.closed) await new Promise((resolve) => this.socket.once('close', resolve));
  }

  readonly #onEvent = (): void => this.#wake?.();

  #event(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  #readingEnded(): boolean {
    return this.socket.readableEnded || this.socket.destroyed;
  }

  #writable(): boolean {
    return this.socket.writable && !this.socket.destroyed;
  }
}

const WAKING = ['readable', 'end', 'drain', 'error', 'close'] as const;
