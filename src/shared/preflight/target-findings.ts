import type { Finding } from '../model/finding';
import { FIX } from './commands';
import { sizeWords } from './words';

/** Where exports go, as far as the system tells. */
export interface TargetToCheck {
  readonly freeBytes?: number;
  /** Largest file its file system can hold, in bytes; 4 GiB − 1 on FAT. */
  readonly maxFileBytes?: number;
  /** False where empty parts of a file take space as well, as on FAT. */
  readonly keepsHoles?: boolean;
  /** Why nothing can be written there. */
  readonly obstacle?: 'read-only' | 'not-a-folder' | 'path-too-long' | 'name-too-long';
}

/** Files as they would be written there. */
export interface FileToWrite {
  readonly diskUuid: string;
  readonly diskName: string;
  readonly diskBytes: number;
  /** Bytes of data at most; the rest are zeros. */
  readonly dataBytes: number;
}

const OBSTACLES = {
  'read-only': {
    code: 'target-read-only',
    text: 'The target folder cannot be written: it is read-only for your account.',
    nextStep: 'Choose another folder, or make this one writable.',
  },
  'not-a-folder': {
    code: 'target-not-a-folder',
    text: 'The target is a file, or lies below one, and not a folder.',
    nextStep: 'Choose a folder.',
  },
  'path-too-long': {
    code: 'target-path-too-long',
    text: 'The paths of the files in the target folder would be longer than the system takes.',
    nextStep: 'Choose a folder with a shorter path.',
  },
  'name-too-long': {
    code: 'target-name-too-long',
    text: 'The target’s path has a name that is longer than its file system takes.',
    nextStep: 'Choose a folder with shorter names.',
  },
} as const;

/** What the target means for all files together. */
export function targetFindings(
  { freeBytes, keepsHoles = true, obstacle }: TargetToCheck,
  format: 'vhd' | 'qcow2' | 'raw',
  files: readonly FileToWrite[],
): Finding[] {
  const findings: Finding[] = [];
  if (obstacle) findings.push({ ...OBSTACLES[obstacle], severity: 'block', command: FIX.chooseFolder });
  // A raw image is as long as its disk; where no holes are kept it takes all of that.
  const whole = format === 'raw' && !keepsHoles;
  const needed = files.reduce((sum, { diskBytes, dataBytes }) => sum + (whole ? diskBytes : dataBytes), 0);
  if (freeBytes === undefined || needed <= freeBytes) return findings;
  findings.push({
    code: 'target-space',
    severity: whole ? 'block' : 'warn',
    text: whole
      ? `The target has ${sizeWords(freeBytes)} free; its file system keeps no holes, so the raw images take ${sizeWords(needed)}.`
      : `The target has ${sizeWords(freeBytes)} free; the export may need up to ${sizeWords(needed)}. Zeros take no space.`,
    nextStep: whole
      ? 'Choose qcow2 or VHD, or a target with more space.'
      : 'Free some space or choose another target, unless the disks are mostly empty.',
    command: FIX.chooseFolder,
  });
  return findings;
}

/** What the target's file system means for the image of one disk. */
export function fileFindings(
  { maxFileBytes }: TargetToCheck,
  format: 'vhd' | 'qcow2' | 'raw',
  { diskUuid, diskName, diskBytes, dataBytes }: FileToWrite,
): Finding[] {
  const largest = format === 'raw' ? diskBytes : dataBytes;
  if (maxFileBytes === undefined || largest <= maxFileBytes) return [];
  return [
    {
      code: 'target-file-limit',
      severity: format === 'raw' ? 'block' : 'warn',
      text:
        `The target’s file system holds files of at most ${sizeWords(maxFileBytes)}; ` +
        `the image of ${diskName} may need up to ${sizeWords(largest)}.`,
      nextStep: 'Choose a target with another file system than FAT, for example exFAT, NTFS or ext4.',
      command: FIX.chooseFolder,
      objectUuid: diskUuid,
    },
  ];
}
