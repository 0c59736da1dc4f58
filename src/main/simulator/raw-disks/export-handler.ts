import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createTask, fail, setProgress, succeed, toXapiError } from '../calls/tasks';
import { contentOf } from '../disks/lifecycle';
import { plugReadOnly, unplugLate } from '../hosts/nbd-exports';
import type { PoolState } from '../pool-state';
import { VOID } from '../rpc/value';
import { XapiError } from '../rpc/xapi-error';
import type { VirtualDisk } from '../storage/virtual-disk';
import { qcow2Stream } from './qcow2-stream';
import { answer, authorize, redirect } from './request';
import { vhdStream, type VhdBase } from './vhd-stream';

/** Largest VHD. Source: xen-api ocaml/xapi-consts/constants.ml, `max_vhd_size`. */
const MAX_VHD_BYTES = 2040 * 1024 ** 3;
const RAW_CHUNK = 1024 * 1024;

type Format = 'raw' | 'vhd' | 'qcow2';

/** Source: xen-api ocaml/xapi/importexport.ml. */
const CONTENT_TYPE: Record<Format, string> = {
  raw: 'application/octet-stream',
  vhd: 'application/vhd',
  qcow2: 'application/x-qemu-disk',
};

interface Export {
  readonly vdi: string;
  readonly base: string | undefined;
  readonly format: Format;
  readonly task: string;
  readonly filename: string;
}

/**
 * `GET /export_raw_vdi`: raw, or VHD, or qcow2 of a disk that is stored as such; whole or as the difference to a base.
 * The headers say 200 before anything was tried; only the task tells how it ended.
 * Source: xen-api ocaml/xapi/export_raw_vdi.ml.
 */
export async function serveExport(
  pool: PoolState,
  host: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const asked = authorize(pool, host, request, response);
  if (!asked) return;
  const { query } = asked;
  const { db } = pool;
  const task = asked.task ?? createTask(pool, 'Exporting raw VDI', '', host);
  try {
    const vdi = db.VDI.refByRefOrUuid(query.get('vdi') ?? '');
    if (redirect(pool, host, db.VDI.get(vdi).SR, request, response)) return;
    const format = (query.get('format') ?? 'raw').toLowerCase();
    if (!isServed(pool, vdi, format)) {
      fail(pool, task, new XapiError('INTERNAL_ERROR', `Unknown format ${format}`));
      answer(response, 404);
      return;
    }
    const base = query.get('base') ?? undefined;
    const filename = `${db.VDI.get(vdi).uuid}.${format}`;
    await transfer(pool, host, { vdi, base, format, task, filename }, request, response);
  } catch (error) {
    fail(pool, task, toXapiError(error));
    if (!response.headersSent) answer(response, 500);
  }
}

async function transfer(
  pool: PoolState,
  host: string,
  asked: Export,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const abort = new AbortController();
  pool.running.set(asked.task, abort);
  response.useChunkedEncodingByDefault = false;
  response.writeHead(200, {
    connection: 'close',
    'cache-control': 'no-cache, no-store',
    'task-id': asked.task,
    'content-type': CONTENT_TYPE[asked.format],
    'content-disposition': `attachment; filename="${asked.filename}"`,
  });
  response.flushHeaders();
  try {
    await send(pool, host, asked, response, abort.signal);
    response.end();
    if (!response.writableFinished) await once(response, 'close');
    if (request.socket.destroyed && !response.writableFinished) throw new XapiError('CLIENT_ERROR');
    succeed(pool, asked.task, VOID);
  } catch (error) {
    fail(pool, asked.task, toXapiError(error));
    // A handler that fails after its headers sends a second answer into the body. Source: xen-api issue 4603.
    if (!response.destroyed) {
      response.end('HTTP/1.1 500 Internal Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    }
  }
}

async function send(
  pool: PoolState,
  host: string,
  { vdi, base, format, task }: Export,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { db } = pool;
  const { virtual_size } = db.VDI.get(vdi);
  if (format === 'vhd' && virtual_size > MAX_VHD_BYTES) {
    throw new XapiError('VDI_TOO_LARGE', vdi, String(MAX_VHD_BYTES));
  }
  const plugged: string[] = [];
  const attach = async (ref: string): Promise<VirtualDisk> => {
    plugged.push(await plugReadOnly(pool, ref, db.host.get(host).control_domain));
    return contentOf(pool, ref);
  };
  try {
    const disk = await attach(vdi);
    let older: VhdBase | undefined;
    if (base !== undefined && format !== 'raw') {
      const ref = db.VDI.refByRefOrUuid(base);
      if (format === 'vhd') for (const each of [vdi, ref]) assertVhd(pool, each);
      else if (imageFormat(pool, ref) !== 'qcow2') throw new XapiError('VDI_IO_ERROR', 'Device I/O errors');
      older = { disk: await attach(ref), uuid: db.VDI.get(ref).uuid };
    }
    if (format === 'qcow2' && ignoresBase(pool, host)) older = undefined;
    await pump(pool, piecesOf(format, disk, older), response, task, signal);
  } finally {
    for (const vbd of plugged) await unplugLate(pool, vbd);
  }
}

function piecesOf(format: Format, disk: VirtualDisk, base: VhdBase | undefined): AsyncGenerator<Piece> {
  if (format === 'raw') return rawStream(disk);
  return format === 'vhd' ? vhdStream(disk, base) : qcow2Stream(disk, base?.disk);
}

/** As xapi's qcow2 streams did before they were released. Source: xen-api commits d5d9999bba and c86e2611a3. */
function ignoresBase({ db }: PoolState, host: string): boolean {
  const [major = 0, minor = 0] = (db.host.get(host).software_version['xapi_build'] ?? '')
    .split('.')
    .map(Number);
  return major * 1000 + minor < 25_027;
}

const imageFormat = ({ db }: PoolState, vdi: string): string =>
  db.VDI.get(vdi).sm_config['image-format'] ?? 'vhd';

/** Of a disk stored otherwise a host makes qcow2 only by reading all of it, and older hosts not at all, as this one. */
const isServed = (pool: PoolState, vdi: string, format: string): format is Format =>
  format === 'raw' || format === 'vhd' || (format === 'qcow2' && imageFormat(pool, vdi) === 'qcow2');

function assertVhd(pool: PoolState, vdi: string): void {
  const format = imageFormat(pool, vdi);
  if (format !== 'vhd') throw new XapiError('VDI_INCOMPATIBLE_TYPE', vdi, format);
}

/** A piece of the body and how far it brings the transfer, from 0 to 1. */
export interface Piece {
  readonly bytes: Buffer;
  readonly done: number;
}

async function pump(
  pool: PoolState,
  pieces: AsyncIterable<Piece>,
  response: ServerResponse,
  task: string,
  signal: AbortSignal,
): Promise<void> {
  const fault = pool.faults.take(pool.faults.transfer);
  let sent = 0;
  let shown = 0;
  for await (const { bytes, done } of pieces) {
    if (signal.aborted) throw new XapiError('TASK_CANCELLED', task);
    if (response.destroyed) throw new XapiError('CLIENT_ERROR');
    const rest = fault ? fault.afterBytes - sent : bytes.length;
    const flowing = response.write(rest < bytes.length ? bytes.subarray(0, Math.max(0, rest)) : bytes);
    if (rest < bytes.length) throw new XapiError('VDI_IO_ERROR', 'Device I/O errors');
    sent += bytes.length;
    if (!flowing) await drained(response);
    if (done - shown >= 0.01) setProgress(pool, task, (shown = done));
  }
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const go = (): void => {
      response.off('drain', go);
      response.off('close', go);
      resolve();
    };
    response.on('drain', go);
    response.on('close', go);
  });
}

async function* rawStream(disk: VirtualDisk): AsyncGenerator<Piece> {
  for (let offset = 0; offset < disk.sizeBytes; offset += RAW_CHUNK) {
    const bytes = await disk.read(offset, Math.min(RAW_CHUNK, disk.sizeBytes - offset));
    yield { bytes, done: (offset + bytes.length) / disk.sizeBytes };
  }
}
