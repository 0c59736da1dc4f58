import { SECTOR_BYTES } from '../storage/pages';
import type { VirtualDisk } from '../storage/virtual-disk';
import type { Channel } from './channel';
import { beforeDrop, readableBytes, strikes, type NbdFaults } from './faults';
import { command, errno, exportInfoOf, parseRequest, replyOf, REQUEST_BYTES } from './protocol';
import type { ExportStatistics, NbdStatistics } from './statistics';

/** xapi-nbd reads and sends in pieces of this size, and breaks off between them when a read fails. */
const CHUNK_BYTES = 512 * 1024;
/** Saves making zeros anew for the large empty parts of demo disks. */
const ZEROS = Buffer.alloc(CHUNK_BYTES);

export interface Transmission {
  readonly channel: Channel;
  readonly disk: VirtualDisk;
  readonly faults: NbdFaults;
  readonly statistics: NbdStatistics;
  readonly served: ExportStatistics;
}

/**
 * Serves requests strictly one after another until the client disconnects or anything is out of order: after every
 * error reply the connection ends. Source: xapi-project/nbd lib/server.ml, `serve`.
 */
export async function transmit(transmission: Transmission): Promise<void> {
  const { channel, disk, statistics } = transmission;
  await channel.write(exportInfoOf(disk.sizeBytes));
  for (;;) {
    const header = await channel.read(REQUEST_BYTES);
    const request = header && parseRequest(header);
    if (!request) return;
    statistics.requests++;
    const { type, handle, length } = request;
    if (type === command.disconnect) return;
    if (type === command.write) {
      await channel.write(replyOf(handle, errno.notPermitted));
      return;
    }
    const aligned = request.offset % BigInt(SECTOR_BYTES) === 0n && length % SECTOR_BYTES === 0;
    if (type !== command.read || !aligned) {
      await channel.write(replyOf(handle, errno.invalid));
      return;
    }
    if (!(await serveRead(transmission, handle, Number(request.offset), length))) return;
  }
}

/** Sends the OK header before anything is read, then the data. False: the connection is to be closed. */
async function serveRead(
  { channel, disk, faults, served }: Transmission,
  handle: Buffer,
  offset: number,
  length: number,
): Promise<boolean> {
  if (strikes(faults, 'stallReads')) {
    await channel.untilClosed();
    return false;
  }
  if (faults.delayPerReadMs > 0) await channel.pause(faults.delayPerReadMs);
  served.reads++;
  const header = replyOf(handle, errno.ok);
  if (length === 0) return await channel.write(header);
  for (let done = 0; done < length;) {
    const position = offset + done;
    const part = Math.min(CHUNK_BYTES, length - done);
    const onDisk = position + part <= disk.sizeBytes;
    const readable = onDisk ? readableBytes(faults, position, part) : 0;
    const { bytes, cut } = beforeDrop(faults, readable);
    const data = bytes > 0 ? await contentOf(disk, position, bytes) : ZEROS.subarray(0, 0);
    served.countBytes(position, bytes);
    const delivered = await channel.write(...(done === 0 ? [header, data] : [data]));
    if (cut) await channel.close();
    if (cut || !delivered || bytes < part) return false;
    done += part;
  }
  return true;
}

async function contentOf(disk: VirtualDisk, offset: number, length: number): Promise<Buffer> {
  return disk.isBlank(offset, length) ? ZEROS.subarray(0, length) : await disk.read(offset, length);
}
