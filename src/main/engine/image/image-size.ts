import { largerThanAny, MOST_DISK_BYTES } from '../../../shared/blocks/disk-size';
import { fail } from '../../../shared/model/failure';

/** Refuses an image that claims to hold more than any disk: much memory would be taken for nothing. */
export function demandDiskSize(path: string, sizeBytes: number): void {
  if (sizeBytes <= MOST_DISK_BYTES) return;
  fail({
    code: 'image-too-large',
    message: `"${path}" says what cannot be: ${largerThanAny(sizeBytes)}.`,
    nextStep: 'Copy it again from where it came from, or use another export of this disk.',
    details: path,
  });
}

/** Refuses sizes that no disk has. `multiple` is what the format counts in, in bytes. */
export function requireDiskSize(sizeBytes: number, multiple: number, format: string): void {
  if (Number.isSafeInteger(sizeBytes) && sizeBytes > 0 && sizeBytes % multiple === 0) return;
  fail({
    code: 'image-size-unsupported',
    message: `A disk of ${sizeBytes} bytes cannot be stored as ${format}: its size must be a positive multiple of ${multiple} bytes.`,
    nextStep:
      multiple > 1
        ? 'Use raw for this disk.'
        : 'Check where the size came from; disks of a pool never have it.',
  });
}
