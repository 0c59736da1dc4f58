import { close, closeSync, fdatasync, fsync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { imageCorrupt, mapFileError } from '../file-failures';

/** A new file that is written and read back by position. System errors come out as FailureError. */
export class OutputFile {
  private constructor(
    private readonly fd: number,
    private readonly path: string,
  ) {}

  /** @throws FailureError when the file exists or cannot be made. */
  static create(path: string): OutputFile {
    try {
      return new OutputFile(openSync(path, 'wx+'), path);
    } catch (error) {
      throw mapFileError(error, path);
    }
  }

  write(memory: Buffer, start: number, length: number, position: number): void {
    this.guard(() => {
      let done = 0;
      while (done < length) done += writeSync(this.fd, memory, start + done, length - done, position + done);
    });
  }

  read(into: Buffer, position: number): void {
    this.guard(() => {
      let done = 0;
      while (done < into.length) {
        const got = readSync(this.fd, into, done, into.length - done, position + done);
        if (got === 0) imageCorrupt(this.path, position + done, 'the file ended while it was being written');
        done += got;
      }
    });
  }

  truncate(length: number): void {
    this.guard(() => ftruncateSync(this.fd, length));
  }

  syncData(): Promise<void> {
    return this.guardAsync(promisify(fdatasync)(this.fd));
  }

  async syncAndClose(): Promise<void> {
    await this.guardAsync(promisify(fsync)(this.fd));
    await this.guardAsync(promisify(close)(this.fd));
  }

  close(): void {
    this.guard(() => closeSync(this.fd));
  }

  private guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw mapFileError(error, this.path);
    }
  }

  private async guardAsync(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw mapFileError(error, this.path);
    }
  }
}
