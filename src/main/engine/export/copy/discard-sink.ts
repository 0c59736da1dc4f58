import type { BlockSink } from '../../block-io/types';

/** Takes everything and keeps nothing: what is left is the speed of the source. */
export class DiscardSink implements BlockSink {
  bytesStored = 0;

  write(_offset: number, _memory: Buffer, _start: number, length: number): undefined {
    this.bytesStored += length;
  }

  zero(): undefined {
    return undefined;
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  finish(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  abort(): Promise<void> {
    return Promise.resolve();
  }
}
