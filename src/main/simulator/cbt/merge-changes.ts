import { blockCount } from '../../../shared/blocks/extent';
import { widen, type CbtLog } from './cbt-log';
import { inconsistent } from './errors';

/**
 * ORs the logs of a chain, oldest first, and turns the bits round for the API. A disk may grow on the way; the result
 * is as long as the last log. Source: xapi-project/sm libs/sm/VDI.py, `list_changed_blocks`.
 * @throws XapiError SR_BACKEND_FAILURE_459 when sizes and bitmaps do not fit together.
 */
export function mergeChanges(logs: readonly CbtLog[]): Uint8Array {
  let merged = new Uint8Array();
  let sizeBytes: number | undefined;
  for (const log of logs) {
    const { bitmap } = log;
    if (bitmap.length < Math.floor(blockCount(log.sizeBytes) / 8)) throw inconsistent();
    if (sizeBytes !== undefined) {
      const grew = log.sizeBytes > sizeBytes;
      if (log.sizeBytes < sizeBytes || bitmap.length < merged.length) throw inconsistent();
      if (grew && bitmap.length <= merged.length) throw inconsistent();
    }
    sizeBytes = log.sizeBytes;
    const wider = merged.length === bitmap.length ? merged : new Uint8Array(widen(merged, bitmap.length));
    bitmap.forEach((byte, index) => (wider[index] |= byte));
    merged = wider;
  }
  return merged.map((byte) => REVERSED[byte]);
}

/** Each byte with its bits in the opposite order. */
const REVERSED = Uint8Array.from({ length: 256 }, (_, byte) => {
  let reversed = 0;
  for (let bit = 0; bit < 8; bit++) if ((byte & (1 << bit)) !== 0) reversed |= 0x80 >> bit;
  return reversed;
});
