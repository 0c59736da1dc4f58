/** What takes the bytes of a connection. The kernel writes them where `nextBuffer` says, so that none is copied. */
export interface ByteReceiver {
  /** Memory for the next bytes; never empty. Asked once before the first bytes and again after every `received`. */
  nextBuffer(): Buffer;
  /** `count` bytes arrived at the start of `buffer`, which `nextBuffer` returned. @throws FailureError */
  received(count: number, buffer: Buffer): void;
  /** Bytes that arrived elsewhere and must be copied. @throws FailureError */
  consume(chunk: Buffer): void;
}

/** `direct`: the kernel (or OpenSSL) writes into the receiver's memory. `stream`: stream events and a copy. */
export type ReceivePath = 'direct' | 'stream';
