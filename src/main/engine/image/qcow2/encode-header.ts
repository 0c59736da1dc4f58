import { dirname, relative, sep } from 'node:path';
import { FailureError } from '../../../../shared/model/failure';
import type { ImageFormat, ParentImage } from '../types';
import { BACKING_NAME_MAX, EXTENSION, FEATURE, MAGIC, roundUp, V3_HEADER_BYTES, writeUint64 } from './format';

/** QEMU's names of the formats, as the backing format extension holds them. */
const QEMU_FORMAT: Record<ImageFormat, string> = { raw: 'raw', vhd: 'vpc', qcow2: 'qcow2' };

/** 16-bit refcounts. */
const REFCOUNT_ORDER = 4;

export interface Backing {
  readonly name: Buffer;
  readonly format: string;
}

export interface HeaderValues {
  readonly clusterBits: number;
  readonly sizeBytes: number;
  readonly l1Entries: number;
  readonly l1Offset: number;
  /** 0 while the image is incomplete. */
  readonly refcountTableOffset: number;
  readonly refcountTableClusters: number;
  /** Refcounts are not written yet. */
  readonly dirty: boolean;
  readonly backing: Backing | undefined;
}

/**
 * How an image at `finalPath` names its parent: relative to its own folder, with forward slashes.
 * @throws FailureError when the name is longer than the format allows.
 */
export function backingOf(parent: ParentImage, finalPath: string): Backing {
  const path = relative(dirname(finalPath), parent.path).split(sep).join('/');
  // QEMU takes "word:" at the start for a protocol. Source: QEMU block.c, path_has_protocol().
  const name = Buffer.from(/^[^/]*:/.test(path) ? `./${path}` : path, 'utf8');
  if (name.length > BACKING_NAME_MAX) {
    throw new FailureError({
      code: 'image-parent-name-too-long',
      message: `The path to the parent image is ${name.length} bytes long; qcow2 holds at most ${BACKING_NAME_MAX}.`,
      nextStep: 'Export into the folder of the parent image, or one near it.',
      details: parent.path,
    });
  }
  return { name, format: QEMU_FORMAT[parent.format] };
}

/** The bytes at the start of the file: version 3 header, extensions, backing file name. */
export function encodeHeader(values: HeaderValues): Buffer {
  const { backing } = values;
  const format = Buffer.from(backing?.format ?? '', 'ascii');
  const extensionBytes = backing ? 8 + roundUp(format.length, 8) : 0;
  const nameOffset = V3_HEADER_BYTES + extensionBytes + 8;
  const header = Buffer.alloc(nameOffset + (backing?.name.length ?? 0));

  header.writeUInt32BE(MAGIC, 0);
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(values.clusterBits, 20);
  writeUint64(header, 24, values.sizeBytes);
  header.writeUInt32BE(values.l1Entries, 36);
  writeUint64(header, 40, values.l1Offset);
  writeUint64(header, 48, values.refcountTableOffset);
  header.writeUInt32BE(values.refcountTableClusters, 56);
  writeUint64(header, 72, values.dirty ? 1 << FEATURE.dirty : 0);
  header.writeUInt32BE(REFCOUNT_ORDER, 96);
  header.writeUInt32BE(V3_HEADER_BYTES, 100);

  if (backing) {
    writeUint64(header, 8, nameOffset);
    header.writeUInt32BE(backing.name.length, 16);
    header.writeUInt32BE(EXTENSION.backingFormat, V3_HEADER_BYTES);
    header.writeUInt32BE(format.length, V3_HEADER_BYTES + 4);
    format.copy(header, V3_HEADER_BYTES + 8);
    backing.name.copy(header, nameOffset);
  }
  return header;
}
