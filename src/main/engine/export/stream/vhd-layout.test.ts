import { expect, it } from 'vitest';
import { BLOCK_BYTES, DISK_DYNAMIC, FOOTER_BYTES } from '../../image/vhd/constants';
import { encodeFooter } from '../../image/vhd/footer';
import { encodeHeader, withoutParent } from '../../image/vhd/header';
import { ByteReader } from './byte-reader';
import { readVhdLayout } from './vhd-layout';

const sizeBytes = 4 * BLOCK_BYTES;
const uuid = '6f1d1ca1-32b3-4b83-8b6c-3d1f6e0f2a55';

/** The start of a stream, up to the end of its header. */
function* start(tableOffset: number, tableEntries: number): Generator<Uint8Array> {
  yield encodeFooter({ diskType: DISK_DYNAMIC, sizeBytes, headerOffset: FOOTER_BYTES, timestamp: 0, uuid });
  yield encodeHeader({ ...withoutParent, tableOffset, tableEntries, blockBytes: BLOCK_BYTES });
}

// Both would be waited for, or taken into memory, byte by byte.
it.each([
  ['a table that begins beyond any', 2 ** 40, 4, `its table is at ${2 ** 40}`],
  ['a table larger than any', 1536, 2 ** 24, `its table has ${2 ** 24} entries`],
])('%s is refused before it is read', async (_, tableOffset, tableEntries, details) => {
  const stream = (async function* () {
    await Promise.resolve();
    yield* start(tableOffset, tableEntries);
  })();
  await expect(
    readVhdLayout(new ByteReader(stream), { differencing: false, sizeBytes }),
  ).rejects.toMatchObject({ failure: { code: 'stream-unexpected', details } });
});
