import { rm } from 'node:fs/promises';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail, FailureError } from '../../../../shared/model/failure';
import type { NbdTarget } from '../../nbd/target';
import { attempt, unwrap, type Result } from '../../../../shared/model/result';
import { createImage } from '../../image/index';
import { loadBlockHasher, type BlockHasher } from '../checksums/block-hash';
import { ChecksumWriter } from '../checksums/writer';
import type { BlockBuffer } from '../../block-io/block-buffer';
import { ByteReader } from '../stream/byte-reader';
import { rawPieces, vhdPieces } from '../stream/pieces';
import { blocksOfLayout, readVhdLayout } from '../stream/vhd-layout';
import { alignExtents } from './align';
import type { BlockProgress } from './block-progress';
import { closeAll, type Closing } from './close-all';
import { BaseComparison } from './base-comparison';
import type { ConnectionShare } from './connection-share';
import { cancelled, runCopy, type CopyCheckpoint } from './copy';
import type { CopyCounters } from './counters';
import { DiscardSink } from './discard-sink';
import { extentsOf, totalBytes } from './extents';
import { openChecksums, openExpectedChain } from './open-chain';
import { openSource } from './open-source';
import type { Pace } from './pace';
import type { ChainImage, CopyOutcome, CopyRequest, SourceSpec } from './request';
import { SameSource } from './same-source';
import type { StoreOptions } from './store';
import { continueFiles, type ContinuedFiles } from '../resume/continue-files';
import { runStreamCopy } from './stream-copy';
import { writeModeFor } from './write-mode';

const CHECKPOINT_BYTES = 256 * 1024 * 1024;
/** A slow copy makes what it has durable now and then as well. */
const CHECKPOINT_MS = 5000;

export interface PerformHooks {
  readonly counters: CopyCounters;
  readonly pace: Pace;
  readonly log: (level: 'info' | 'warn', text: string) => void;
  readonly connected: () => void;
  readonly flushing: () => void;
  readonly checkpoint: (checkpoint: CopyCheckpoint) => void;
  /** Not told by a stream, which brings what it brings. */
  readonly progress?: BlockProgress;
  readonly refreshTargets?: () => Promise<Result<readonly NbdTarget[]>>;
  /** For a source whose host is shared with other copies. */
  readonly share?: ConnectionShare;
  /** For a source of kind `stream`. */
  readonly chunks?: AsyncIterable<Uint8Array>;
}

/**
 * Opens source and target, copies, and completes the image. Runs inside the copy worker.
 * Whatever it opened is closed when it settles; removing unfinished files is the caller's part.
 * @throws FailureError
 */
export async function performCopy(
  request: CopyRequest,
  hooks: PerformHooks,
  signal: AbortSignal,
): Promise<CopyOutcome> {
  try {
    return await perform(request, hooks, signal);
  } catch (error) {
    // Whatever a cancelled part reports, it was the user's wish.
    throw signal.aborted ? cancelled() : error;
  }
}

async function perform(request: CopyRequest, hooks: PerformHooks, signal: AbortSignal): Promise<CopyOutcome> {
  const started = performance.now();
  const hash = await loadBlockHasher();
  const closing: Closing = [];
  const work = async (): Promise<CopyOutcome> => {
    const continued = await continueEarlier(request, hash, hooks, signal, closing);
    const input = await openInput(
      continued ? stillMissing(request, continued) : request,
      hash,
      hooks,
      signal,
      closing,
    );
    const { sizeBytes } = input;
    demandSize(request, sizeBytes);
    // Where nothing is left to read, nothing is mixed.
    if (continued && input.totalBytes > 0) await input.same?.demandKept(continued.sample, signal);
    const totalBytes = hooks.counters.get('readBytes') + input.totalBytes;
    hooks.counters.set('totalBytes', totalBytes);
    const base = request.skipEqualTo ? await openBase(request.skipEqualTo, closing) : undefined;
    const { sink, checksums } = continued ?? (await newFiles(request, sizeBytes, closing));
    // Only now: until then nothing has been copied that would be worth keeping. At once, because files that were made and not
    // told of are taken for somebody else's.
    hooks.connected();
    await input.run({
      sink,
      incremental: request.target.parent !== undefined,
      hash,
      checksums,
      base,
      counters: hooks.counters,
      overwrite: continued?.damaged,
    });
    hooks.flushing();
    const image = await sink.finish();
    const sums = await checksums?.finish();
    if (sums) hooks.checkpoint({ offset: sizeBytes, sums: sums.sha256 });
    const { counters } = hooks;
    return {
      sizeBytes,
      changedBytes: totalBytes,
      readBytes: counters.get('readBytes'),
      writtenBytes: counters.get('writtenBytes'),
      zeroBytes: counters.get('zeroBytes'),
      equalBytes: counters.get('equalBytes'),
      connections: counters.get('connections'),
      seconds: (performance.now() - started) / 1000,
      checksums: sums,
      files: [image, sums?.file].filter((file) => file !== undefined),
    };
  };
  const outcome = await attempt(work);
  const unclosed = await closeAll(closing);
  const [first, ...others] = [...(outcome.ok ? [] : [outcome.failure]), ...unclosed];
  for (const { message } of others) hooks.log('warn', message);
  if (first) throw new FailureError(first);
  return unwrap(outcome);
}

async function newFiles(
  request: CopyRequest,
  sizeBytes: number,
  closing: Closing,
): Promise<Pick<StoreOptions, 'sink' | 'checksums'>> {
  const { target, checksumsPath } = request;
  const sink = target.discard
    ? new DiscardSink()
    : await createImage(target.format, { ...target, sizeBytes, writes: writeModeFor(request.source) });
  try {
    const checksums =
      checksumsPath === undefined ? undefined : ChecksumWriter.create(checksumsPath, sizeBytes, target.uuid);
    closing.push(
      () => sink.abort(),
      () => checksums?.abort(),
    );
    return { sink, checksums };
  } catch (error) {
    await sink.abort();
    // Whoever hears `target-exists` takes both files for somebody else's.
    if (!target.discard) await rm(target.path, { force: true });
    throw error;
  }
}

/** What an earlier attempt left, proved before any connection is opened: that may take a while. */
async function continueEarlier(
  request: CopyRequest,
  hash: BlockHasher,
  hooks: PerformHooks,
  signal: AbortSignal,
  closing: Closing,
): Promise<ContinuedFiles | undefined> {
  const { resume, expectedSizeBytes } = request;
  if (!resume || expectedSizeBytes === undefined) return undefined;
  const continued = await continueFiles(request, resume, expectedSizeBytes, { hash, ...hooks }, signal);
  if (!continued) return undefined;
  closing.push(
    () => continued.sink.abort(),
    () => continued.checksums.abort(),
  );
  if (signal.aborted) throw cancelled();
  return continued;
}

const stillMissing = (request: CopyRequest, { missing }: ContinuedFiles): CopyRequest => ({
  ...request,
  extents: { kind: 'changed', bitmap: missing.bytes },
});

/** Where the blocks come from, open, and how they are brought into the image. */
interface Input {
  /** Undefined for a stream, which cannot be asked. */
  readonly same?: SameSource;
  readonly sizeBytes: number;
  /** What will be read. */
  readonly totalBytes: number;
  run(options: StoreOptions): Promise<void>;
}

async function openInput(
  request: CopyRequest,
  hash: BlockHasher,
  hooks: PerformHooks,
  signal: AbortSignal,
  closing: Closing,
): Promise<Input> {
  const { pace } = hooks;
  if (request.source.kind === 'stream') {
    const { sizeBytes, totalBytes, pieces } = await openStream(
      request.source,
      request.target.parent !== undefined,
      hooks,
    );
    return { sizeBytes, totalBytes, run: (options) => runStreamCopy({ ...options, pieces, pace }, signal) };
  }
  const reading = new AbortController();
  const either = AbortSignal.any([signal, reading.signal]);
  const opened = await openSource(request.source, hooks, either, request.requestBytes);
  const { source, requestBytes, lanes, losses } = opened;
  closing.push(() => source.close());
  const { sizeBytes } = source;
  const extents = await extentsOf(request.extents, opened, sizeBytes);
  const same = new SameSource({ source, losses, hash, ...hooks });
  return {
    same,
    sizeBytes,
    totalBytes: totalBytes(alignExtents(extents(), CBT_BLOCK_SIZE, sizeBytes)),
    run: (options) =>
      runCopy(
        {
          ...options,
          source,
          extents: extents(),
          requestBytes,
          lanes,
          pace,
          same,
          onCheckpoint: hooks.checkpoint,
          stopReading: () => reading.abort(),
          ...(hooks.progress ? { progress: hooks.progress } : {}),
          checkpointBytes: request.checkpointBytes ?? CHECKPOINT_BYTES,
          checkpointMs: CHECKPOINT_MS,
        },
        signal,
      ),
  };
}

async function openStream(
  { format, sizeBytes }: Extract<SourceSpec, { kind: 'stream' }>,
  differencing: boolean,
  { chunks }: PerformHooks,
): Promise<{ sizeBytes: number; totalBytes: number; pieces: AsyncIterable<BlockBuffer> }> {
  const reader = new ByteReader(chunks!);
  if (format === 'raw') return { sizeBytes, totalBytes: sizeBytes, pieces: rawPieces(reader, sizeBytes) };
  const layout = await readVhdLayout(reader, { differencing, sizeBytes });
  const totalBytes = blocksOfLayout(layout, layout.sizeBytes).changedBytes();
  return { sizeBytes: layout.sizeBytes, totalBytes, pieces: vhdPieces(reader, layout, layout.sizeBytes) };
}

function demandSize({ expectedSizeBytes, target }: CopyRequest, sizeBytes: number): void {
  if (expectedSizeBytes !== undefined && expectedSizeBytes !== sizeBytes) {
    fail({
      code: 'size-mismatch',
      message: `The disk is read as ${sizeBytes} bytes, but ${expectedSizeBytes} bytes were expected.`,
      nextStep: 'Take a new snapshot and start again; if it stays, report it.',
    });
  }
  if (target.parent && target.parent.sizeBytes > sizeBytes) {
    fail({
      code: 'parent-larger',
      message: `The base ${target.parent.path} holds ${target.parent.sizeBytes} bytes, more than the disk (${sizeBytes} bytes).`,
      nextStep: 'A disk cannot shrink within a chain: make a full copy.',
    });
  }
}

async function openBase(images: readonly ChainImage[], closing: Closing): Promise<BaseComparison> {
  const chain = await openExpectedChain(images);
  closing.push(() => chain.close());
  const sums = await openChecksums(images);
  for (const reader of sums) closing.push(() => reader.close());
  return new BaseComparison(chain, sums);
}
