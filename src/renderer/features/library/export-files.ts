import type { LibraryEntry } from '../../../shared/model/library';
import type { ExportFiles } from '../../stores/verdicts';

const cut = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));

/** With the separator at its end: the files of an export lie beside its manifest. */
const folderOf = (manifestPath: string): string => manifestPath.slice(0, cut(manifestPath) + 1);

export const parentFolderOf = (manifestPath: string): string => manifestPath.slice(0, cut(manifestPath));

/** What an export is called where there is little room: its manifest without `.json`. */
export const exportName = (manifestPath: string): string =>
  manifestPath.slice(cut(manifestPath) + 1).replace(/\.json$/, '');

export const filesOf = ({ manifestPath, manifest }: LibraryEntry): ExportFiles => ({
  id: manifest.id,
  manifestPath,
  imagePath: folderOf(manifestPath) + manifest.image.file,
  checksumsPath: folderOf(manifestPath) + manifest.checksums.file,
});
