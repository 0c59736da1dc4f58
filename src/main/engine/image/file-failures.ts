import { fail, FailureError, type Failure } from '../../../shared/model/failure';

/** What was being done with the file; it decides what "no such file" and "no permission" mean. */
export type FileAction = 'read' | 'write';

interface Entry {
  readonly code: string;
  readonly message: (path: string) => string;
  readonly nextStep: string;
}

const entry = (code: string, message: (path: string) => string, nextStep: string): Entry => ({
  code,
  message,
  nextStep,
});

const NOT_FOUND = entry(
  'image-not-found',
  (path) => `There is no image at "${path}".`,
  'Check the path, and whether the drive or share that holds it is connected.',
);
const NOT_READABLE = entry(
  'image-not-readable',
  (path) => `Reading "${path}" is not permitted.`,
  'Give your account read permission on the file and its folder.',
);
const FOLDER_MISSING = entry(
  'target-folder-missing',
  (path) => `"${path}" cannot be written because its folder does not exist.`,
  'Create the folder, connect the drive or share, or choose another target.',
);
const READ_ONLY = entry(
  'target-read-only',
  (path) => `"${path}" cannot be written: the place is read-only for your account.`,
  'Choose another folder, or make this one writable.',
);
const EXISTS = entry(
  'target-exists',
  (path) => `"${path}" exists already and is not overwritten.`,
  'Choose another name, or remove the file if it is no longer needed.',
);
const FULL = entry(
  'target-full',
  (path) => `There is no space left to write "${path}".`,
  'Free some space (or raise the quota), or choose another target.',
);
const TOO_LARGE = entry(
  'target-file-too-large',
  (path) => `The file system of "${path}" does not hold a file of this size.`,
  'Choose a target with another file system (ext4, XFS, NTFS, …); FAT32 ends at 4 GiB.',
);
const NAME_TOO_LONG = entry(
  'target-name-too-long',
  (path) => `The name "${path}" is too long for its file system.`,
  'Choose a shorter name or a folder with a shorter path.',
);
const NOT_A_FILE = entry(
  'image-not-a-file',
  (path) => `"${path}" is not a regular file.`,
  'Choose an image file.',
);
const VANISHED = entry(
  'file-vanished',
  (path) => `The place that holds "${path}" is no longer reachable.`,
  'Reconnect the drive or share, then try again.',
);
const TOO_MANY = entry(
  'too-many-open-files',
  (path) => `"${path}" cannot be opened: too many files are open.`,
  'Run fewer jobs at once, or raise the limit of open files.',
);
const READ_ERROR = entry(
  'image-read-error',
  (path) => `The operating system reports an error while reading "${path}".`,
  'Check the drive or share that holds it; the details name the error.',
);
const WRITE_ERROR = entry(
  'target-write-error',
  (path) => `The operating system reports an error while writing "${path}".`,
  'Check the drive or share that holds it, or choose another target; the details name the error.',
);

/** Code of {@link notDurable}. */
export const NOT_DURABLE = 'target-not-durable';
const UNSYNCED = entry(
  NOT_DURABLE,
  (path) => `The operating system could not bring "${path}" to the disk.`,
  'Check the drive or share that holds it, and its free space; the details name the error. Then resume: the image is written anew, since parts of it may be missing on the disk although they can still be read.',
);

const byAction = (read: Entry, write: Entry): Record<FileAction, Entry> => ({ read, write });
const both = (one: Entry): Record<FileAction, Entry> => ({ read: one, write: one });
const OTHER = byAction(READ_ERROR, WRITE_ERROR);

/** What a system error means for an image. The raw code stays in the failure's details. */
const TABLE: Partial<Record<string, Record<FileAction, Entry>>> = {
  ENOENT: byAction(NOT_FOUND, FOLDER_MISSING),
  ENOTDIR: byAction(NOT_FOUND, FOLDER_MISSING),
  EACCES: byAction(NOT_READABLE, READ_ONLY),
  EPERM: byAction(NOT_READABLE, READ_ONLY),
  EROFS: both(READ_ONLY),
  EEXIST: both(EXISTS),
  ENOSPC: both(FULL),
  EDQUOT: both(FULL),
  EFBIG: both(TOO_LARGE),
  ENAMETOOLONG: byAction(NOT_FOUND, NAME_TOO_LONG),
  EISDIR: both(NOT_A_FILE),
  ENXIO: both(NOT_A_FILE),
  ELOOP: both(NOT_FOUND),
  ENODEV: both(VANISHED),
  ESTALE: both(VANISHED),
  EHOSTDOWN: both(VANISHED),
  ENOTCONN: both(VANISHED),
  EMFILE: both(TOO_MANY),
  ENFILE: both(TOO_MANY),
};

const failureOf = ({ code, message, nextStep }: Entry, path: string, details: string): Failure => ({
  code,
  message: message(path),
  nextStep,
  details,
});

/**
 * A system error (`errno`) as a {@link FailureError} about the file at `path`. Failures and anything that is not a
 * system error come back unchanged, so `throw mapFileError(error, path)` is always right.
 */
export function mapFileError(error: unknown, path: string, action: FileAction = 'write'): Error {
  if (!(error instanceof Error)) return new Error(String(error), { cause: error });
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof FailureError || code === undefined || syscall === undefined) return error;
  const entries = TABLE[code] ?? OTHER;
  return new FailureError(failureOf(entries[action], path, `${code} (${syscall}) ${path}`), { cause: error });
}

/**
 * What was written could not be made durable. Nothing of the file counts any more, also what was durable before and what
 * reads back well: the system may have dropped writes and show them until it needs the memory.
 * Source: Linux Documentation/filesystems/vfs.rst, "Handling errors during writeback".
 */
export function notDurable(error: unknown, path: string): Error {
  const mapped = mapFileError(error, path);
  if (!(mapped instanceof FailureError) || mapped === error) return mapped;
  return new FailureError(failureOf(UNSYNCED, path, mapped.failure.details ?? path), { cause: error });
}

/** The file ends before `wanted`, a byte offset that its own metadata promises. */
export function imageTruncated(path: string, wanted: number, sizeBytes: number): never {
  return fail({
    code: 'image-truncated',
    message: `"${path}" is cut short: it ends at byte ${sizeBytes}, but its content goes on to byte ${wanted}.`,
    nextStep: 'Copy or export it again; the rest of the file is missing.',
    details: path,
  });
}

/** The file contradicts its own format at byte `fileOffset`. */
export function imageCorrupt(path: string, fileOffset: number, what: string): never {
  return fail({
    code: 'image-corrupt',
    message: `"${path}" is damaged at byte ${fileOffset}: ${what}.`,
    nextStep: 'Copy it again from where it came from, or use another export of this disk.',
    details: path,
  });
}

export function imageNotAFile(path: string): never {
  return fail(failureOf(NOT_A_FILE, path, path));
}

export function targetFull(path: string): never {
  return fail(failureOf(FULL, path, path));
}

/** A file that was there a moment ago is not found any more. */
export const fileVanished = (path: string, cause: unknown): FailureError =>
  new FailureError(failureOf(VANISHED, path, path), { cause });

/**
 * A file is written by its handle, but gets its name by its path: there may be a copy in its place by then, which lacks
 * what was written since.
 */
export function targetReplaced(path: string): never {
  fail({
    code: 'target-replaced',
    message: `The file ${path} is not the one that was written: it, or its folder, was replaced meanwhile.`,
    nextStep:
      'Leave the target folder alone while something is written there. What is there now is proved when the job goes on.',
    details: path,
  });
}
