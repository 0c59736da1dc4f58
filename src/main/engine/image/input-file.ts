import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { imageNotAFile, imageTruncated, mapFileError } from './file-failures';

/** A regular file opened for reading by position. System errors come out as FailureError. */
export class InputFile {
  private constructor(
    readonly path: string,
    readonly sizeBytes: number,
    private readonly handle: FileHandle,
  ) {}

  /** @throws FailureError when it is missing, not readable, or not a regular file. */
  static async open(path: string): Promise<InputFile> {
    let handle: FileHandle | undefined;
    try {
      // Without O_NONBLOCK a path that names a pipe would wait for a writer for ever.
      handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const stat = await handle.stat();
      if (!stat.isFile()) imageNotAFile(path);
      return new InputFile(path, stat.size, handle);
    } catch (error) {
      await handle?.close();
      throw mapFileError(error, path, 'read');
    }
  }

  /** Reads exactly `length` bytes at `position` into `memory[start, …)`. */
  async readInto(memory: Buffer, start: number, length: number, position: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const got = await this.#readSome(memory, start + done, length - done, position + done);
      if (got === 0) imageTruncated(this.path, position + length, position + done);
      done += got;
    }
  }

  async readBuffer(position: number, length: number): Promise<Buffer> {
    if (position + length > this.sizeBytes) imageTruncated(this.path, position + length, this.sizeBytes);
    const buffer = Buffer.allocUnsafe(length);
    await this.readInto(buffer, 0, length, position);
    return buffer;
  }

  async #readSome(memory: Buffer, start: number, length: number, position: number): Promise<number> {
    try {
      return (await this.handle.read(memory, start, length, position)).bytesRead;
    } catch (error) {
      throw mapFileError(error, this.path, 'read');
    }
  }

  /** Waits for reads under way. Safe to call twice. */
  async close(): Promise<void> {
    await this.handle.close();
  }
}
