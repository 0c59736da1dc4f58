import { requestsOf } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { BlockBuffer } from '../../block-io/block-buffer';
import type { BlockSource } from '../../block-io/types';
import type { Upload } from '../../image/vhd/upload';
import { cancelled } from '../../xapi/errors/call-failure';

const PIECE_BYTES = 1024 * 1024;
/** Pieces that are read while earlier ones are sent. */
const AHEAD = 8;

export interface BodyHooks {
  readonly signal: AbortSignal;
  /** Bytes that were handed over so far. */
  readonly onSent: (bytes: number) => void;
  /** Why the body ends early. Whoever sends it may only hear that the other side did not like that. */
  readonly onFailure: (error: unknown) => void;
}

/** The bytes of an upload, in order, read ahead from the source. */
export async function* uploadBody(
  upload: Upload,
  source: BlockSource,
  { signal, onSent, onFailure }: BodyHooks,
): AsyncGenerator<Uint8Array> {
  const pieces = piecesOf(upload, source);
  const reading: Promise<Buffer>[] = [];
  let sent = 0;
  try {
    for (;;) {
      while (reading.length < AHEAD) {
        const next = pieces.next();
        if (next.done) break;
        // Whoever takes it hears of a failure; until then it is no unhandled one.
        next.value.catch(() => undefined);
        reading.push(next.value);
      }
      const piece = await reading.shift();
      if (piece === undefined) return;
      if (signal.aborted) fail(cancelled);
      yield piece;
      sent += piece.length;
      onSent(sent);
    }
  } catch (error) {
    onFailure(error);
    throw error;
  } finally {
    await Promise.allSettled(reading);
  }
}

/** Each piece has memory of its own: nobody says when the network is done with it. */
function* piecesOf({ parts }: Upload, source: BlockSource): Generator<Promise<Buffer>> {
  for (const part of parts()) {
    if ('bytes' in part) {
      yield Promise.resolve(part.bytes);
      continue;
    }
    for (const { offset, length } of requestsOf([part.extent], PIECE_BYTES)) {
      const buffer = new BlockBuffer(length);
      yield source.read(buffer, offset, length).then(() => buffer.data());
    }
  }
}
