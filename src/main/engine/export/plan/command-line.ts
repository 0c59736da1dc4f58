import type { ExportRequest } from '../../../../shared/model/export-plan';
import { shellWord } from '../../../../shared/shell-word';

/** The same export as a command line, to copy. Options that have their default are left out. */
export function commandLine(
  request: ExportRequest,
  pool: { readonly url: string; readonly user: string },
): string {
  const { diskUuids, targetFolder, format, mode, base, after, connections, limitBytesPerSecond } = request;
  const words = ['deltascope', 'export', ...diskUuids, '--pool', pool.url];
  if (pool.user !== 'root') words.push('--user', shellWord(pool.user));
  words.push('--to', shellWord(targetFolder));
  words.push('--format', format);
  if (mode !== 'auto') words.push('--mode', mode);
  if (base !== 'auto') words.push('--base', shellWord(base));
  words.push('--after', after);
  if (connections !== undefined) words.push('--connections', String(connections));
  if (limitBytesPerSecond !== undefined) words.push('--limit', `${Math.round(limitBytesPerSecond)}B/s`);
  if (!request.skipUnchanged) words.push('--keep-unchanged');
  return words.join(' ');
}
