import type { IncomingMessage, ServerResponse } from 'node:http';
import { createTask, fail, succeed, toXapiError } from '../calls/tasks';
import { contentOf, createDisk, refreshUsage } from '../disks/lifecycle';
import { isAttached } from '../disks/attachments';
import type { PoolState } from '../pool-state';
import { XapiError } from '../rpc/xapi-error';
import { isZero } from '../../engine/block-io/zeros';
import type { VirtualDisk } from '../storage/virtual-disk';
import { ByteReader } from './byte-reader';
import { answer, authorize, redirect } from './request';
import { importVhd } from './vhd-import';

const CHUNK = 1024 * 1024;

/**
 * `PUT /import_raw_vdi`: overwrites a VDI with a raw image or lays a VHD over it. The length must be known; the answer is
 * 200 before the body was read, and only the task tells how it ended. Source: xen-api ocaml/xapi/import_raw_vdi.ml.
 */
export async function serveImport(
  pool: PoolState,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = authorize(pool, host, request, response);
  if (!asked) return;
  const { query } = asked;
  const { db } = pool;
  const task = asked.task ?? createTask(pool, 'Importing raw VDI', '', host);
  const refuse = (status: number, why: string): void => {
    fail(pool, task, new XapiError('INTERNAL_ERROR', why));
    answer(response, status);
  };
  try {
    const named = query.get('vdi');
    const sr = query.get('sr_id') ?? query.get('sr_uuid');
    const given = named === null ? undefined : db.VDI.refByRefOrUuid(named);
    if (given === undefined && sr === null) {
      refuse(400, 'Not enough info supplied to import');
      return;
    }
    const storage = given === undefined ? db.SR.refByRefOrUuid(sr ?? '') : db.VDI.get(given).SR;
    if (redirect(pool, host, storage, request, response)) return;
    const format = (query.get('format') ?? 'raw').toLowerCase();
    if (format !== 'raw' && format !== 'vhd') {
      refuse(404, `Unknown format ${format}`);
      return;
    }
    const encoding = request.headers['transfer-encoding'];
    if (encoding !== undefined) {
      refuse(404, `Cannot handle encoding: ${encoding}`);
      return;
    }
    if (given === undefined && format === 'vhd') {
      refuse(400, 'Importing a VHD directly into an SR not yet supported');
      return;
    }
    const length = Number(request.headers['content-length'] ?? 0);
    const vdi = given ?? (await createDisk(pool, length, { SR: storage, name_label: 'Imported VDI' }));
    response.writeHead(200, {
      connection: 'close',
      'task-id': task,
      'content-type': 'application/octet-stream',
    });
    response.flushHeaders();
    await receive(pool, vdi, format, length, request, task);
    response.end();
  } catch (error) {
    fail(pool, task, toXapiError(error));
    if (response.headersSent) response.destroy();
    else answer(response, 500);
  }
}

async function receive(
  pool: PoolState,
  vdi: string,
  format: 'raw' | 'vhd',
  length: number,
  request: IncomingMessage,
  task: string,
): Promise<void> {
  // Clients first send an empty request to learn whether they are redirected.
  if (length > 0) {
    const disk = contentOf(pool, vdi);
    if (disk.frozen || isAttached(pool, vdi)) throw new XapiError('VDI_IN_USE', vdi, 'attach');
    const reader = new ByteReader(request);
    if (format === 'vhd') await importVhd(reader, length, disk);
    else await importRaw(reader, length, disk);
    refreshUsage(pool, vdi);
  }
  succeed(pool, task, vdi);
}

async function importRaw(reader: ByteReader, length: number, disk: VirtualDisk): Promise<void> {
  while (reader.position < length) {
    const offset = reader.position;
    const bytes = await reader.read(Math.min(CHUNK, length - offset));
    if (offset + bytes.length > disk.sizeBytes) throw new XapiError('VDI_IO_ERROR', 'Device I/O errors');
    const whole = bytes.length - (bytes.length % 512);
    if (isZero(bytes, 0, whole)) disk.zero(offset, whole);
    else disk.write(offset, bytes.subarray(0, whole));
    if (whole < bytes.length) await writeTail(disk, offset + whole, bytes.subarray(whole));
  }
}

/** The image's last bytes when it is no whole number of sectors: the rest of the sector stays. */
async function writeTail(disk: VirtualDisk, offset: number, bytes: Buffer): Promise<void> {
  const sector = await disk.read(offset, 512);
  bytes.copy(sector);
  disk.write(offset, sector);
}
