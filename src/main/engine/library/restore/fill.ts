import type { LibraryStep } from '../../../../shared/model/library-operation';
import { fail, toFailure, type Failure } from '../../../../shared/model/failure';
import { attempt, unwrap } from '../../../../shared/model/result';
import type { NewDisk } from '../../cbt';
import { blocksWithSums } from '../../export/checksums/blocks-with-sums';
import { EffectiveChecksums } from '../../export/checksums/effective';
import { openCheckedChain, openChecksums } from '../../export/copy/open-chain';
import type { ChainImage } from '../../export/copy/request';
import type { DiskTransfers, PinnedPlace } from '../../xapi';
import { chooseUpload, type ChosenUpload } from './choose-upload';
import { proveDisk } from './prove-disk';
import { uploadBody } from './upload-body';

/** What is written into a new disk, as plain data. */
export interface FillRequest {
  readonly disk: NewDisk;
  /** Newest first, down to the full. */
  readonly images: readonly ChainImage[];
  /** Of the exported disk. */
  readonly sizeBytes: number;
  /** Read the new disk back and compare it with the checksums. */
  readonly prove: boolean;
  /** Of the transfers' tasks on the pool. */
  readonly taskName: string;
}

/** The same for a worker, which has connections of its own to the pool. */
export interface FillWork extends FillRequest {
  readonly kind: 'fill';
  readonly place: PinnedPlace;
}

export interface Filled {
  readonly format: 'vhd' | 'raw';
  readonly formatReason: string;
  readonly sentBytes: number;
  /** Absent: it was not read back. */
  readonly provedBytes?: number;
}

export interface FillHooks {
  readonly progress: (step: LibraryStep, doneBytes: number, totalBytes: number) => void;
  readonly signal: AbortSignal;
}

/** The written disk is worth another look before it is given up. */
const PROOF_ATTEMPTS = 2;

/**
 * Sends what the chain reads to the disk, and reads it back. Every block is compared with its checksum on the way.
 * @throws FailureError `new-disk-too-small`, `image-block-damaged`, `restore-differs`, a failure of the images, or of
 * the transfers
 */
export async function fillDisk(
  transfers: DiskTransfers,
  request: FillRequest,
  hooks: FillHooks,
): Promise<Filled> {
  const { disk, images, sizeBytes, prove } = request;
  if (disk.sizeBytes < sizeBytes) fail(diskTooSmall(disk.sizeBytes, sizeBytes));
  const used = await blocksWithSums(images, sizeBytes);
  const upload = chooseUpload(sizeBytes, disk, used);
  await send(transfers, request, upload, hooks);
  const { format, reason: formatReason, contentLength: sentBytes } = upload;
  const filled = { format, formatReason, sentBytes };
  if (!prove) return filled;
  const sums = new EffectiveChecksums(await openChecksums(images));
  try {
    const { signal, progress } = hooks;
    const { taskName } = request;
    const proof = {
      sums,
      used,
      sizeBytes,
      signal,
      taskName,
      progress: (done: number, total: number) => progress('proving', done, total),
    };
    return {
      ...filled,
      provedBytes: await provePatiently(() => proveDisk(transfers, disk, proof), signal),
    };
  } finally {
    await sums.close();
  }
}

async function send(
  transfers: DiskTransfers,
  { disk, images, taskName }: FillRequest,
  upload: ChosenUpload,
  { signal, progress }: FillHooks,
): Promise<void> {
  const { contentLength, format } = upload;
  const source = await openCheckedChain(images);
  try {
    let broken: Failure | undefined;
    const body = uploadBody(upload, source, {
      signal,
      onSent: (sent) => progress('sending', sent, contentLength),
      onFailure: (error) => (broken = toFailure(error)),
    });
    const vdiUuid = disk.uuid;
    const sent = await transfers.importRawVdi({ vdiUuid, format, contentLength, body, taskName, signal });
    if (broken) fail(broken);
    unwrap(sent);
  } finally {
    await source.close();
  }
}

async function provePatiently(prove: () => Promise<number>, signal: AbortSignal): Promise<number> {
  for (let left = PROOF_ATTEMPTS; ;) {
    const proved = await attempt(prove);
    if (proved.ok || --left === 0 || signal.aborted || proved.failure.code === 'restore-differs')
      return unwrap(proved);
  }
}

const diskTooSmall = (made: number, wanted: number): Failure => ({
  code: 'new-disk-too-small',
  message: `The storage made a disk of ${made} bytes; the export holds ${wanted}.`,
  nextStep: 'Choose another storage.',
});
