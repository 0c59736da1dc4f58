import { FailureError } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { describeParent } from '../image/index';
import { chainImages } from '../library/chain-images';
import type { CopyCheckpoint } from './copy/copy';
import type { CopyOutcome, CopyRequest, SourceSpec } from './copy/request';
import { WORKER_DIED, type StartCopy } from './copy/worker-client';
import type { ExportFiles } from './files/publish';
import type { WriteExport, WriteHooks } from './write-export';

/** A worker that dies takes nothing along that is durable: the copy goes on from there, a few times. */
const MOST_ATTEMPTS = 3;

/** Copies into the unfinished files, starting over where a dead worker left off. @throws FailureError */
export async function copyUntilDone(
  spec: WriteExport,
  files: ExportFiles,
  uuid: string,
  startCopy: StartCopy,
  hooks: WriteHooks,
): Promise<CopyOutcome> {
  let checkpoint = spec.unfinished?.checkpoint;
  const noting: WriteHooks = {
    ...hooks,
    onCheckpoint: (latest) => {
      checkpoint = latest;
      hooks.onCheckpoint?.(latest);
    },
  };
  for (let attempt = 1; ; attempt++) {
    const goOn = spec.unfinished !== undefined || attempt > 1;
    const source = attempt > 1 ? await withFreshTargets(spec.source, hooks) : spec.source;
    const request = await copyRequest({ ...spec, source }, files, uuid, goOn ? { checkpoint } : undefined);
    const running = startCopy(request, noting);
    hooks.onStarted(running);
    const outcome = await running.done;
    if (outcome.ok) return outcome.value;
    const again = outcome.failure.code === WORKER_DIED && spec.source.kind !== 'stream';
    if (!again || attempt === MOST_ATTEMPTS) throw new FailureError(outcome.failure);
    hooks.onLog?.('warn', `${outcome.failure.message} It goes on from its last checkpoint.`);
  }
}

/** Export names end with their session, which may have ended meanwhile. */
async function withFreshTargets(source: SourceSpec, { refreshTargets }: WriteHooks): Promise<SourceSpec> {
  if (source.kind !== 'nbd' || !refreshTargets) return source;
  return { ...source, targets: unwrap(await refreshTargets()) };
}

async function copyRequest(
  spec: WriteExport,
  files: ExportFiles,
  uuid: string,
  resume: { checkpoint: CopyCheckpoint | undefined } | undefined,
): Promise<CopyRequest> {
  const { base, format } = spec;
  const newest = base?.[0];
  const parent = newest && (await describeParent(newest.imagePath, { format: newest.manifest.image.format }));
  return {
    source: spec.source,
    expectedSizeBytes: spec.sizeBytes,
    extents: spec.extents(),
    target: {
      format,
      path: files.partial('image'),
      finalPath: files.path('image'),
      uuid,
      ...(parent ? { parent } : {}),
    },
    checksumsPath: files.partial('checksums'),
    ...(base && spec.skipUnchanged ? { skipEqualTo: chainImages(base) } : {}),
    ...(spec.limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond: spec.limitBytesPerSecond }),
    ...(resume
      ? {
          resume: {
            ...(resume.checkpoint ? { checkpoint: resume.checkpoint } : {}),
            ...(base ? { base: chainImages(base) } : {}),
          },
        }
      : {}),
  };
}
