import type { CopyProgress } from '../../shared/model/job';
import type { Manifest } from '../../shared/model/manifest';
import { formatBytes, formatDuration } from './terminal/units';

/** What one disk's export came to. What an earlier run had written was not read from the pool again. */
export function exportedText(
  diskName: string,
  { mode, bytes, timings, image }: Pick<Manifest, 'mode' | 'bytes' | 'timings' | 'image'>,
  progress: Pick<CopyProgress, 'keptBytes'> | undefined,
): string {
  const kept = progress?.keptBytes ?? 0;
  const parts = [
    `${diskName}: ${mode}`,
    `read ${formatBytes(bytes.read)}${kept > 0 ? ` (${formatBytes(kept)} of it in an earlier run, and proved)` : ''}`,
    `stored ${formatBytes(bytes.written)}`,
    `zero ${formatBytes(bytes.zero)}`,
    ...(bytes.equal > 0 ? [`unchanged ${formatBytes(bytes.equal)}`] : []),
    `in ${formatDuration(timings.copySeconds)}`,
  ];
  return `${parts.join(', ')}; ${image.file} has ${formatBytes(image.fileBytes)}`;
}
