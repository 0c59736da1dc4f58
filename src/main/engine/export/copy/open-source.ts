import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { blockCount, type Extent } from '../../../../shared/blocks/extent';
import { largeBytes } from '../../../../shared/blocks/large-bytes';
import { unwrap } from '../../../../shared/model/result';
import type { BlockSource } from '../../block-io/types';
import { openNbd } from '../../nbd/open';
import type { NbdEvent } from '../../nbd/settings';
import type { NbdSource } from '../../nbd/source';
import { blocksWithSums } from '../checksums/blocks-with-sums';
import { Connections, RequestSize } from './knobs';
import { openCheckedChain } from './open-chain';
import { PartOfSource } from './part-of-source';
import type { PerformHooks } from './perform-copy';
import type { ChainImage, SourceSpec } from './request';
import { storedInChain } from './stored-in-chain';
import { LARGEST_REQUEST } from './request-queue';
import { TunedSource } from './tuned-source';
import { Tuner } from './tuner';

export interface OpenedSource {
  readonly source: BlockSource;
  /** What to ask for in one request at the moment, in bytes. */
  readonly requestBytes: () => number;
  /** Connections lost so far. */
  readonly losses: () => number;
  /** Buffers worth having at the first size: requests that the source takes at once, and some being stored meanwhile. */
  readonly lanes: number;
  /** The 64 KiB blocks that hold data by the source's own account; undefined when it cannot tell. */
  used(): Promise<BlockBitmap | undefined>;
}

/** Source: docs/benchmarks.md, "What makes the engine fast". */
const REQUEST_BYTES = 1024 * 1024;
/** Requests in flight per connection; with 1 MiB each it fills a 10 Gbit/s link over 6 ms. */
const DEPTH = 8;
const MORE_FOR_STORING = 4;
const MOST_LANES = 52;
const FILE_LANES = 8;
/** Source: xen-api ocaml/nbd: a read that is not a multiple of the sector size ends the connection. */
const SECTOR_BYTES = 512;
/** Others attach the same disk for a moment. Who use all 16 connections of a host are waited for until the copy is cancelled. */
const BUSY_PATIENCE_MS = 120_000;
/** Seconds of pauses in all: a host that breaks off longer than that has something that passes by itself no more. */
const BREAKS_BORNE = 3;
/** A storage may take seconds to answer; a host that is down must not cost much more. */
const KNOCK_AFTER_MS = 5_000;

/**
 * @param fixedBytes the size of requests; absent: chosen, and for a server adapted to it.
 * @throws FailureError
 */
export async function openSource(
  spec: Exclude<SourceSpec, { kind: 'stream' }>,
  hooks: PerformHooks,
  signal: AbortSignal,
  fixedBytes?: number,
): Promise<OpenedSource> {
  if (spec.kind === 'chain') {
    const source = await openCheckedChain(spec.images);
    const requestBytes = (): number => fixedBytes ?? REQUEST_BYTES;
    return {
      source,
      requestBytes,
      losses: () => 0,
      lanes: FILE_LANES,
      used: () => usedInChain(spec.images, source.sizeBytes),
    };
  }
  const note = noteTo(hooks);
  let losses = 0;
  const source = unwrap(
    await openNbd({
      targets: spec.targets,
      signal,
      onEvent: (event) => {
        if (event.kind === 'lost') losses++;
        note(event);
      },
      ...(spec.connections === undefined ? {} : { connections: spec.connections }),
      multiConnWithoutFlag: spec.multiConn ?? spec.poolHost ?? false,
      ...(spec.poolHost
        ? {
            minimumBlockSize: SECTOR_BYTES,
            busyPatienceMs: BUSY_PATIENCE_MS,
            waitWhileFull: true,
            breaksBorne: BREAKS_BORNE,
            knockAfterMs: KNOCK_AFTER_MS,
          }
        : {}),
      ...(hooks.refreshTargets ? { refreshTarget: hooks.refreshTargets } : {}),
    }),
  );
  for (const warning of source.warnings) hooks.log('warn', warning.message);
  const { connectionsLive } = source.stats;
  const mayGrow = source.info.canMultiConn || (spec.multiConn ?? spec.poolHost ?? false);
  const mostConnections = Math.max(connectionsLive, mayGrow ? (spec.mostConnections ?? 0) : 0);
  const share = spec.shared ? hooks.share : undefined;
  const size = new RequestSize(
    fixedBytes ?? REQUEST_BYTES,
    fixedBytes ?? Math.min(LARGEST_REQUEST, source.info.maximumBlockSize),
  );
  // The size first: it takes no connection from other copies.
  const knobs = [size, new Connections(source, mostConnections, share)];
  const tuned = new TunedSource(source, new Tuner(knobs, { onDecision: (text) => hooks.log('info', text) }));
  return {
    source: spec.part ? await partOf(tuned, spec.part) : tuned,
    requestBytes: () => size.bytes,
    losses: () => losses,
    lanes: Math.min(MOST_LANES, mostConnections * DEPTH + MORE_FOR_STORING),
    // Where its data lies is told of all of it.
    used: () => (spec.part ? Promise.resolve(undefined) : usedBlocks(source)),
  };
}

async function partOf(source: BlockSource, part: Extent): Promise<BlockSource> {
  try {
    return new PartOfSource(source, part);
  } catch (error) {
    await source.close();
    throw error;
  }
}

function noteTo({ counters, log }: PerformHooks): (event: NbdEvent) => void {
  /** Since a connection was lost: all that was being read over it is tried again for one reason, which is told once. */
  const told = new Set<string>();
  let busy = 0;
  return (event) => {
    switch (event.kind) {
      case 'connected':
      case 'reconnected': {
        counters.add('connections', 1);
        busy = 0;
        log('info', `NBD ${event.kind}: ${event.where}`);
        return;
      }
      case 'removed': {
        counters.add('connections', -1);
        return;
      }
      case 'lost': {
        counters.add('connections', -1);
        told.clear();
        log('warn', event.failure.message);
        return;
      }
      case 'gave-up': {
        log('warn', event.failure.message);
        return;
      }
      case 'busy': {
        // What passes at once is no news; what lasts is told once to those who wait, too.
        log(++busy === 2 ? 'warn' : 'info', `${event.failure.message} It may be busy, and is asked again.`);
        return;
      }
      case 'retry': {
        counters.add('retries', 1);
        const why = `(${event.attempt}): ${event.failure.message}`;
        if (told.has(why)) return;
        told.add(why);
        log('warn', `Read at ${event.offset} is tried again ${why}`);
        return;
      }
    }
  };
}

/** What the images store, and what their checksums say that they store: a block that one of them lost is missed then. */
async function usedInChain(images: readonly ChainImage[], sizeBytes: number): Promise<BlockBitmap> {
  const used = await storedInChain(images, sizeBytes);
  for (const extent of (await blocksWithSums(images, sizeBytes)).extents()) used.mark(extent);
  return used;
}

async function usedBlocks(source: NbdSource): Promise<BlockBitmap | undefined> {
  if (!source.knowsAllocation) return undefined;
  const { sizeBytes } = source;
  const used = new BlockBitmap(largeBytes(Math.ceil(blockCount(sizeBytes) / 8)), sizeBytes);
  for await (const extent of source.allocation()) if (extent.kind === 'data') used.mark(extent);
  return used;
}
