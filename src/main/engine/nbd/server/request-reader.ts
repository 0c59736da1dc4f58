import type { Socket } from 'node:net';

/** Reads exact numbers of bytes from a client; what was not asked for stays in the kernel, so memory is bounded. */
export class RequestReader {
  readonly #socket: Socket;
  #over = false;
  #wake: (() => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const wake = (): void => this.#wake?.();
    const end = (): void => {
      this.#over = true;
      wake();
    };
    socket.on('readable', wake);
    socket.on('end', end);
    socket.on('close', end);
  }

  /** The next `bytes` bytes, at least one; undefined when the client has gone before. */
  async read(bytes: number): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#socket.read(bytes) as Buffer | null;
      if (chunk !== null) return chunk.length === bytes ? chunk : undefined;
      if (this.#over) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Throws `bytes` bytes away. False when the client has gone before. */
  async skip(bytes: number): Promise<boolean> {
    for (let left = bytes; left > 0; left -= PIECE_BYTES) {
      if ((await this.read(Math.min(left, PIECE_BYTES))) === undefined) return false;
    }
    return true;
  }
}

const PIECE_BYTES = 65_536;
