import { BlockBitmap } from '../../../../shared/blocks/bitmap';
import { CBT_BLOCK_SIZE } from '../../../../shared/blocks/extent';
import { fail } from '../../../../shared/model/failure';
import { unwrap } from '../../../../shared/model/result';
import type { BlockSource } from '../../block-io/types';
import { openChain } from '../../image/index';
import { openNbd } from '../../nbd/open';
import type { NbdEvent } from '../../nbd/settings';
import type { NbdSource } from '../../nbd/source';
import type { PerformHooks } from './perform-copy';
import type { ChainImage, SourceSpec } from './request';

export interface OpenedSource {
  readonly source: BlockSource;
  /** Buffers worth having: requests that the source takes at once, and some being stored meanwhile. */
  readonly lanes: number;
  /** The 64 KiB blocks that hold data by the source's own account; undefined when it cannot tell. */
  used(): Promise<BlockBitmap | undefined>;
}

/** Requests in flight per connection; with 1 MiB each it fills a 10 Gbit/s link over 6 ms. */
const DEPTH = 8;
const MORE_FOR_STORING = 4;
const MOST_LANES = 52;
const FILE_LANES = 8;
/** Source: xen-api ocaml/nbd: a read that is not a multiple of the sector size ends the connection. */
const SECTOR_BYTES = 512;

/** @throws FailureError */
export async function openSource(
  spec: SourceSpec,
  hooks: PerformHooks,
  signal: AbortSignal,
): Promise<OpenedSource> {
  if (spec.kind === 'chain') {
    const source = await openBaseChain(spec.images);
    return { source, lanes: FILE_LANES, used: () => Promise.resolve(undefined) };
  }
  const source = unwrap(
    await openNbd({
      targets: spec.targets,
      signal,
      onEvent: (event) => note(event, hooks),
      ...(spec.connections === undefined ? {} : { connections: spec.connections }),
      ...(spec.poolHost ? { multiConnWithoutFlag: true, minimumBlockSize: SECTOR_BYTES } : {}),
      ...(hooks.refreshTargets ? { refreshTarget: hooks.refreshTargets } : {}),
    }),
  );
  for (const warning of source.warnings) hooks.log('warn', warning.message);
  const lanes = Math.min(MOST_LANES, source.stats.connectionsLive * DEPTH + MORE_FOR_STORING);
  return { source, lanes, used: () => usedBlocks(source) };
}

function note(event: NbdEvent, { counters, log }: PerformHooks): void {
  switch (event.kind) {
    case 'connected':
    case 'reconnected':
      counters.add('connections', 1);
      { log('info', `NBD ${event.kind}: ${event.where}`); return; }
    case 'lost':
      counters.add('connections', -1);
      { log('warn', event.failure.message); return; }
    case 'gave-up':
      { log('warn', event.failure.message); return; }
    case 'retry':
      counters.add('retries', 1);
      { log(
        'warn',
        `Read at ${event.offset} is tried again (${event.attempt}): ${event.failure.message}`,
      ); return; }
  }
}

async function usedBlocks(source: NbdSource): Promise<BlockBitmap | undefined> {
  if (!source.knowsAllocation) return undefined;
  const used = BlockBitmap.empty(source.sizeBytes);
  for await (const { offset, length, kind } of source.allocation()) {
    if (kind !== 'data') continue;
    const end = Math.ceil((offset + length) / CBT_BLOCK_SIZE);
    for (let block = Math.floor(offset / CBT_BLOCK_SIZE); block < end; block++) used.set(block);
  }
  return used;
}

/**
 * Opens a chain by its newest image; the images' own links must lead to the images that are expected.
 * @throws FailureError of the images, or `parent-swapped`.
 */
export async function openBaseChain(images: readonly ChainImage[]): Promise<BlockSource> {
  const newest = images[0];
  const chain = await openChain(newest.path, { format: newest.format });
  const wrong = chain.images.find(({ path }, at) => path !== images[at]?.path);
  if (!wrong) return chain.source;
  await chain.close();
  return fail({
    code: 'parent-swapped',
    message: `The image ${newest.path} leads to ${wrong.path}, which is not part of its chain.`,
    nextStep: 'Restore the images of this chain from where they were copied, or take a new full export.',
  });
}
