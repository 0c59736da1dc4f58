import { fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { open, rm, type FileHandle } from 'node:fs/promises';
import type { KnownFile } from '../block-io/known-file';
import { imageTruncated, mapFileError, notDurable, targetFull } from './file-failures';
import { demandInPlace } from './in-place';
import type { WriteMode } from './types';

/** A write that takes longer waits for the target, not for memory: what comes next need not wait with it. */
const SLOW_WRITE_MS = 5;
/** So many writes overlap before the target is tried again. */
const OVERLAPPING_WRITES = 64;

/** A file being written by position. System errors come out as FailureError. */
export class OutputFile {
  #closed = false;
  readonly #underWay = new Set<Promise<void>>();
  #overlapping = 0;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private readonly mode: WriteMode,
  ) {}

  /** @throws FailureError when the file exists or cannot be made. */
  static async create(path: string, mode: WriteMode = 'auto'): Promise<OutputFile> {
    return OutputFile.#open(path, 'wx+', mode);
  }

  /** Opens an existing file for writing. */
  static async reopen(path: string, mode: WriteMode = 'auto'): Promise<OutputFile> {
    return OutputFile.#open(path, 'r+', mode);
  }

  static async #open(path: string, flags: string, mode: WriteMode): Promise<OutputFile> {
    try {
      return new OutputFile(path, await open(path, flags), mode);
    } catch (error) {
      throw mapFileError(error, path);
    }
  }

  /** Writes in the file's mode; no promise means done. */
  write(memory: Buffer, start: number, length: number, position: number): Promise<void> | undefined {
    if (this.mode === 'parallel' || this.#overlapping > 0) {
      this.#overlapping--;
      return this.#track(this.#writeLater(memory, start, length, position));
    }
    const started = performance.now();
    this.writeNow(memory, start, length, position);
    const isSlow = performance.now() - started > SLOW_WRITE_MS;
    if (isSlow && this.mode === 'auto') this.#overlapping = OVERLAPPING_WRITES;
    return undefined;
  }

  /** Writes before it returns, whatever the mode: for metadata that is read back. */
  writeNow(memory: Buffer, start: number, length: number, position: number): void {
    this.#guard(() => {
      let done = 0;
      while (done < length) {
        const put = writeSync(this.handle.fd, memory, start + done, length - done, position + done);
        if (put === 0) targetFull(this.path);
        done += put;
      }
    });
  }

  /** Reads back exactly `length` bytes. */
  readNow(memory: Buffer, start: number, length: number, position: number): void {
    this.#guard(() => {
      let done = 0;
      while (done < length) {
        const got = readSync(this.handle.fd, memory, start + done, length - done, position + done);
        if (got === 0) imageTruncated(this.path, position + length, position + done);
        done += got;
      }
    });
  }

  /** The file's size in bytes. */
  sizeNow(): number {
    return this.#guard(() => fstatSync(this.handle.fd).size);
  }

  async truncate(length: number): Promise<void> {
    await this.#guardLater(() => this.handle.truncate(length));
  }

  /** Sets the length before it returns: no write that is made afterwards can be cut off by it. */
  truncateNow(length: number): void {
    this.#guard(() => ftruncateSync(this.handle.fd, length));
  }

  /** Waits for writes under way, then for the disk. @throws FailureError as {@link notDurable}, {@link demandInPlace} */
  async sync(): Promise<KnownFile> {
    await Promise.all(this.#underWay);
    try {
      await this.handle.sync();
    } catch (error) {
      throw notDurable(error, this.path);
    }
    return demandInPlace(this.handle.fd, this.path);
  }

  /** The last sync. Returns which file it was that got all of it. */
  async finish(): Promise<KnownFile> {
    const known = await this.sync();
    await this.close();
    return known;
  }

  /** Waits for writes under way. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#guardLater(() => this.handle.close());
  }

  /** Closes and removes a file that could not be set up. */
  async discard(): Promise<void> {
    await this.close();
    await this.#guardLater(() => rm(this.path, { force: true }));
  }

  #track(work: Promise<void>): Promise<void> {
    const tracked = work.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
    return tracked;
  }

  async #writeLater(memory: Buffer, start: number, length: number, position: number): Promise<void> {
    let done = 0;
    while (done < length) {
      const { bytesWritten } = await this.#guardLater(() =>
        this.handle.write(memory, start + done, length - done, position + done),
      );
      if (bytesWritten === 0) targetFull(this.path);
      done += bytesWritten;
    }
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw mapFileError(error, this.path);
    }
  }

  async #guardLater<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw mapFileError(error, this.path);
    }
  }
}
