import { Readable } from 'node:stream';
import { FailureError, toFailure } from '../../../../shared/model/failure';
import { err, ok, type Result } from '../../../../shared/model/result';
import { callFailure } from '../errors/call-failure';
import { taskResult } from '../pool/task-result';
import { peek } from './peek';
import { followRedirect, refuse, send, type RawRequest, type RawRoute } from './raw-request';
import type { RawSession } from './raw-session';

export type RawFormat = 'raw' | 'vhd' | 'qcow2';

export interface RawExportRequest {
  readonly vdiUuid: string;
  readonly format: RawFormat;
  /** Only what differs from this snapshot (VHD and qcow2). Both need their data. */
  readonly baseUuid?: string;
  /** Of the task on the pool. One that nobody else uses can be found again after a crash. */
  readonly taskName?: string;
  readonly signal?: AbortSignal;
}

/** A disk as the host streams it. The end of the stream proves nothing: `finished` says whether it is whole. */
export interface RawExport {
  readonly stream: Readable;
  /** Resolves once the host's task has ended, which is after the stream's end. */
  finished(): Promise<Result<void>>;
  /** Ends the transfer early and waits until the host let go of the disk. Does no harm after its end, or twice. */
  cancel(): Promise<void>;
}

export interface RawImportRequest {
  /** Exists, and is at least as large as the image. */
  readonly vdiUuid: string;
  readonly format: RawFormat;
  /** Exact length of `body`. */
  readonly contentLength: number;
  readonly body: AsyncIterable<Uint8Array>;
  /** Of the task on the pool, as of a transfer the other way. */
  readonly taskName?: string;
  readonly signal?: AbortSignal;
}

/** Whole disks to and from the hosts of a pool, without NBD. */
export interface DiskTransfers {
  exportRawVdi(request: RawExportRequest): Promise<Result<RawExport>>;
  importRawVdi(request: RawImportRequest): Promise<Result<void>>;
}

export interface RawDiskParts {
  /** To the pool's master. */
  readonly route: RawRoute;
  readonly session: RawSession;
}

const REDIRECTS = 3;
/** A second answer inside the body: the host failed after it had sent 200. See xen-api issue 4603. */
const NESTED_ERROR = /^HTTP\/1\.\d [45]/;

/** Streams a disk from the host that has it. Fails with the reason the host's task gives. */
export async function exportRawDisk(parts: RawDiskParts, wish: RawExportRequest): Promise<Result<RawExport>> {
  const path = '/export_raw_vdi';
  return withTask(parts, wish.taskName ?? 'Deltascope reads a disk', path, async (task) => {
    const query = {
      vdi: wish.vdiUuid,
      format: wish.format,
      ...(wish.baseUuid === undefined ? {} : { base: wish.baseUuid }),
      task_id: task.ref,
    };
    const { route, response } = await reach(parts, { method: 'GET', path, query, ...signalOf(wish) });
    const release = async (): Promise<void> => {
      response.body.destroy();
      await route.release();
    };
    try {
      const { head, whole } = await peek(response.body as AsyncIterable<Uint8Array>, 12);
      if (NESTED_ERROR.test(head.toString('latin1'))) {
        await task.end();
        refuse(500, path);
      }
      const stream = Readable.from(whole, { objectMode: false });
      const finished = once(async () => {
        const result = await task.result();
        await release();
        return result;
      });
      const cancel = once(async () => {
        stream.destroy();
        await release();
        await task.cancel();
      });
      return { stream, finished, cancel };
    } catch (error) {
      await release();
      throw error;
    }
  });
}

/** Writes an image into an existing disk. Succeeds only if the host's task did. */
export async function importRawDisk(parts: RawDiskParts, wish: RawImportRequest): Promise<Result<void>> {
  const path = '/import_raw_vdi';
  const done = await withTask(parts, wish.taskName ?? 'Deltascope writes a disk', path, async (task) => {
    const query = { vdi: wish.vdiUuid, format: wish.format };
    const probe: RawRequest = { method: 'PUT', path, query, contentLength: 0, ...signalOf(wish) };
    // An empty upload finds the host that takes the data: a redirect in the middle of a body cannot be followed.
    const { route, response } = await reach(parts, probe);
    try {
      await response.body.dump();
      const answer = await send(route, {
        ...probe,
        query: { ...query, task_id: task.ref, session_id: await parts.session.sessionId() },
        body: wish.body,
        contentLength: wish.contentLength,
      });
      await answer.body.dump();
      if (answer.statusCode !== 200) refuse(answer.statusCode, path);
      return await task.result();
    } finally {
      await route.release();
    }
  });
  return done.ok ? done.value : done;
}

const signalOf = ({ signal }: { readonly signal?: AbortSignal }) => (signal ? { signal } : {});

/** Sends the request, following the pool's redirects with a pin for each host. */
async function reach(parts: RawDiskParts, raw: RawRequest) {
  let route = parts.route;
  const signed = { ...raw, query: { ...raw.query, session_id: await parts.session.sessionId() } };
  for (let hop = 0; hop <= REDIRECTS; hop++) {
    const response = await send(route, signed);
    if (response.statusCode === 200) return { route, response };
    await response.body.dump();
    await route.release();
    if (response.statusCode !== 302) refuse(response.statusCode, raw.path);
    route = await followRedirect(response.headers.location, parts.session);
  }
  await route.release();
  return refuse(310, raw.path);
}

interface TransferTask {
  readonly ref: string;
  /** Waits for the end and removes the task. */
  result(): Promise<Result<void>>;
  /** Waits for the end; throws what it failed with. */
  end(): Promise<void>;
  cancel(): Promise<void>;
}

/** Runs a transfer with a task of the pool: only that says how the transfer went. */
async function withTask<T>(
  { route, session }: RawDiskParts,
  name: string,
  path: string,
  work: (task: TransferTask) => Promise<T>,
): Promise<Result<T>> {
  let task: TransferTask | undefined;
  try {
    const ref = await session.createTask(name);
    const ended = once(() =>
      session.taskEnded(ref).finally(() => session.destroyTask(ref).catch(ignoreFailure)),
    );
    const end = async (): Promise<void> => void taskResult(await ended(), path);
    const result = (): Promise<Result<void>> =>
      end().then(
        () => ok(undefined),
        (error: unknown) => err(toFailure(error)),
      );
    const cancel = async (): Promise<void> => {
      await session.cancelTask(ref).catch(ignoreFailure);
      await session.destroyTask(ref).catch(ignoreFailure);
    };
    task = { ref, result, end, cancel };
    return ok(await work(task));
  } catch (error) {
    await task?.cancel();
    return err(callFailure(error, path, route.address.origin));
  }
}

function ignoreFailure(error: unknown): void {
  if (!(error instanceof FailureError)) throw error;
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () => (running ??= work());
}
