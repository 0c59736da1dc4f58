import type { Identified } from '../identified';
import { plainText, uuidText } from '../text';

const PAGE_SIZES = [4096, 8192, 16384, 32768, 65536];

/** Linux swap; the signature ends the first page, whose size depends on the machine. Source: mkswap(8), util-linux. */
export function identifySwap(head: Buffer): Identified | undefined {
  const pageSize = PAGE_SIZES.find((size) => head.toString('latin1', size - 10, size) === 'SWAPSPACE2');
  if (pageSize === undefined || head.readUInt32LE(1024) !== 1) return undefined;
  return {
    fileSystem: 'swap',
    label: plainText(head.toString('utf8', 1052, 1068)),
    uuid: uuidText(head.subarray(1036, 1052)),
    sizeBytes: (head.readUInt32LE(1028) + 1) * pageSize,
  };
}
