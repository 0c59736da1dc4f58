import { expect, it } from 'vitest';
import type { DiskWindow } from '../disk-window';
import { lvmChecksum } from './checksum';
import { readMetadataText } from './metadata-area';

const AREA = { offset: 4096, length: 2 ** 40 };
const label = { at: 512, uuid: 'x'.repeat(32), sizeBytes: 2 ** 41, metadataAreas: [AREA] };

it('a text longer than any is not read', async () => {
  const header = Buffer.alloc(512);
  header.write(' LVM2 x[5A%r0N*>', 4, 'latin1');
  header.writeBigUInt64LE(512n, 40);
  header.writeBigUInt64LE(2n ** 32n, 48);
  header.writeUInt32LE(lvmChecksum(header.subarray(4)), 0);
  const read: number[] = [];
  const window = {
    read: (_: number, length: number) => {
      read.push(length);
      return Promise.resolve(length === header.length ? header : Buffer.alloc(0));
    },
  } as unknown as DiskWindow;
  expect(await readMetadataText(window, label)).toMatchObject({
    message: 'The LVM metadata lies outside its area.',
  });
  expect(read).toEqual([header.length]);
});
