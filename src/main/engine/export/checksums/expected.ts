import { fail } from '../../../../shared/model/failure';
import { ChecksumReader } from './reader';
import type { RootDigest } from './root';

/** A checksum file, and what the manifest says of it. */
export interface ExpectedSums {
  readonly checksumsPath: string;
  /** Digest over the checksums. */
  readonly sha256: string;
  /** Of the disk. */
  readonly sizeBytes: number;
}

/**
 * Opens the checksum file that was written with an image. All of it is read once: one that is damaged, or another
 * disk's, would say of data that it was never there.
 * @throws FailureError as {@link ChecksumReader.open}; `checksums-damaged` when it is not the manifest's.
 */
export async function openExpectedSums(expected: ExpectedSums): Promise<ChecksumReader> {
  const reader = await ChecksumReader.open(expected.checksumsPath);
  try {
    demandExpected(expected, reader.sizeBytes, (await reader.root()).sha256);
    return reader;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** The same, for whoever has gone through all sums in order anyway. @throws FailureError `checksums-damaged` */
export const demandRoot = (expected: ExpectedSums, reader: ChecksumReader, root: RootDigest): void =>
  demandExpected(expected, reader.sizeBytes, root.hex());

function demandExpected(expected: ExpectedSums, sizeBytes: number, sha256: string): void {
  if (sha256 === expected.sha256 && sizeBytes === expected.sizeBytes) return;
  fail({
    code: 'checksums-damaged',
    message: `${expected.checksumsPath} is not the file that was written with the image: its digest differs from the manifest's.`,
    nextStep: 'Restore this file from where it was copied, or export the disk again.',
    details: `expected ${expected.sha256} of ${expected.sizeBytes} bytes, found ${sha256} of ${sizeBytes} bytes`,
  });
}
