import { dirname, relative, resolve, sep } from 'node:path';
import { fail } from '../../../../shared/model/failure';
import type { ParentImage } from '../types';
import { HEADER_BYTES, FOOTER_BYTES, SECTOR_BYTES } from './constants';
import { PARENT_NAME_UNITS, withoutParent, type VhdHeader } from './header';
import { encodeLocators, type LocatorEntry } from './locators';

export interface ParentEntry {
  /** The header's fields about the parent. */
  readonly fields: Pick<VhdHeader, 'parentUuid' | 'parentTimestamp' | 'parentName' | 'locators'>;
  /** Locator texts, each padded to whole sectors, to be written right behind the header. */
  readonly texts: Buffer;
}

export const NO_PARENT: ParentEntry = { fields: withoutParent, texts: Buffer.alloc(0) };

/**
 * What a differencing disk at `finalPath` stores about its parent.
 * @throws FailureError when the parent is no VHD or its path does not fit.
 */
export function parentEntry(parent: ParentImage, finalPath: string): ParentEntry {
  if (parent.format !== 'vhd' || parent.uuid === undefined) {
    fail({
      code: 'image-parent-mismatch',
      message: `A VHD increment needs a VHD base, but "${parent.path}" is ${parent.format}.`,
      nextStep: `Export in the format of the base (${parent.format}), or make a full export.`,
    });
  }
  const name = relative(dirname(resolve(finalPath)), parent.path).replaceAll(sep, '/');
  if (name.length >= PARENT_NAME_UNITS) {
    fail({
      code: 'image-parent-path-too-long',
      message: `The path from the increment to its base is too long for VHD (${name.length} characters, at most ${PARENT_NAME_UNITS - 1}).`,
      nextStep: 'Put the increment into the folder of its base.',
      details: name,
    });
  }
  const locators: LocatorEntry[] = [];
  const texts: Buffer[] = [];
  let offset = FOOTER_BYTES + HEADER_BYTES;
  for (const { code, text } of encodeLocators(name, parent.path)) {
    const sectors = Math.ceil(text.length / SECTOR_BYTES);
    locators.push({ code, sectors, length: text.length, offset });
    texts.push(text, Buffer.alloc(sectors * SECTOR_BYTES - text.length));
    offset += sectors * SECTOR_BYTES;
  }
  return {
    fields: {
      parentUuid: parent.uuid,
      parentTimestamp: parent.timestamp ?? 0,
      parentName: name,
      locators,
    },
    texts: Buffer.concat(texts),
  };
}
