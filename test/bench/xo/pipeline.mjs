// Xen Orchestra's way from an NBD export to an image file, as its backups drive its packages: 2 MiB blocks, read ahead,
// a stream of the whole image. One argument, JSON: { port, caFile?, connections, changedFile?, format, output? }.
import { createWriteStream, readFileSync } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import MultiNbdClient from '@vates/nbd-client/multi.mjs';
import { RandomAccessDisk, ReadAhead } from '@xen-orchestra/disk-transform';
import { toQcow2Stream } from '@xen-orchestra/qcow2';
import { toVhdStream } from 'vhd-lib/disk-consumer/index.mjs';

const BLOCK_BYTES = 2 * 1024 * 1024;
const CBT_BLOCK_BYTES = 65_536;
const { port, caFile, connections, changedFile, format, output } = JSON.parse(process.argv[2]);

class ExportedDisk extends RandomAccessDisk {
  #client;
  #indexes;
  #present;
  bytesRead = 0;

  async init() {
    const server = { address: '127.0.0.1', port, exportname: '' };
    if (caFile) server.cert = readFileSync(caFile, 'utf8');
    this.#client = new MultiNbdClient([server], { nbdConcurrency: connections });
    await this.#client.connect();
    this.#indexes = changedFile ? this.#changed(readFileSync(changedFile)) : this.#all();
    this.#present = new Set(this.#indexes);
  }

  #all() {
    return Array.from({ length: Math.ceil(this.getVirtualSize() / BLOCK_BYTES) }, (_, index) => index);
  }

  #changed(bitmap) {
    const perBlock = BLOCK_BYTES / CBT_BLOCK_BYTES;
    const indexes = new Set();
    for (let block = 0; block < bitmap.length * 8; block++)
      if (bitmap[block >> 3] & (0x80 >> (block & 7))) indexes.add(Math.floor(block / perBlock));
    return [...indexes];
  }

  getVirtualSize() {
    return Number(this.#client.exportSize);
  }
  getBlockSize() {
    return BLOCK_BYTES;
  }
  getBlockIndexes() {
    return this.#indexes;
  }
  hasBlock(index) {
    return this.#present.has(index);
  }
  isDifferencing() {
    return changedFile !== undefined;
  }
  async readBlock(index) {
    const data = await this.#client.readBlock(index, BLOCK_BYTES);
    this.bytesRead += data.length;
    return { index, data };
  }
  async close() {
    await this.#client?.disconnect();
  }
}

const disk = new ExportedDisk();
await disk.init();
const ahead = new ReadAhead(disk);
const image = format === 'qcow2' ? await toQcow2Stream(ahead) : await toVhdStream(ahead);
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });
await pipeline(image, output ? createWriteStream(output, { highWaterMark: 4 * 1024 * 1024 }) : nowhere());
console.log(JSON.stringify({ readBytes: disk.bytesRead }));
process.exit(0);
