import { open, type FileHandle } from 'node:fs/promises';
import { imageCorrupt, mapFileError } from '../file-failures';

/** An image file that is read by position. System errors come out as FailureError. */
export class InputFile {
  private constructor(
    private readonly handle: FileHandle,
    readonly path: string,
    readonly sizeBytes: number,
  ) {}

  static async open(path: string): Promise<InputFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const { size } = await handle.stat();
      return new InputFile(handle, path, size);
    } catch (error) {
      await handle?.close();
      throw mapFileError(error, path, 'read');
    }
  }

  /**
   * Reads exactly `length` bytes at `position` into `memory` from `start`.
   * @throws FailureError naming `what` when the file ends before that.
   */
  async read(memory: Buffer, start: number, length: number, position: number, what: string): Promise<void> {
    if (position + length > this.sizeBytes) {
      imageCorrupt(this.path, position, `${what} lies beyond the end of the file (${this.sizeBytes} bytes)`);
    }
    let done = 0;
    while (done < length) {
      const got = await this.readSome(memory, start + done, length - done, position + done);
      if (got === 0)
        imageCorrupt(this.path, position + done, `${what} ends early; the file has become shorter`);
      done += got;
    }
  }

  /** A fresh buffer with exactly those bytes. The length is checked against the file before memory is taken. */
  async bytes(position: number, length: number, what: string): Promise<Buffer> {
    const fits = position + length <= this.sizeBytes;
    const memory = Buffer.allocUnsafeSlow(fits ? length : 0);
    await this.read(memory, 0, length, position, what);
    return memory;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  private async readSome(memory: Buffer, start: number, length: number, position: number): Promise<number> {
    try {
      return (await this.handle.read(memory, start, length, position)).bytesRead;
    } catch (error) {
      throw mapFileError(error, this.path, 'read');
    }
  }
}
