import type { DiskWindow } from './disk-window';
import { identifyBtrfs } from './file-systems/btrfs';
import { identifyExfat } from './file-systems/exfat';
import { identifyExt } from './file-systems/ext';
import { identifyFat } from './file-systems/fat';
import { identifyLuks } from './file-systems/luks';
import { identifyNtfs } from './file-systems/ntfs';
import { identifySwap } from './file-systems/swap';
import { identifyXfs } from './file-systems/xfs';
import type { Identified } from './identified';

/** Holds every signature looked for; the last one is the btrfs superblock. */
export const HEAD_BYTES = 72 * 1024;

/** Names the file system at the start of the window by its signature, or returns undefined. */
export async function identify(head: Buffer, window: DiskWindow): Promise<Identified | undefined> {
  return (
    (await identifyBootSector(head, window)) ??
    identifyLuks(head) ??
    identifyXfs(head) ??
    identifyExt(head) ??
    identifyBtrfs(head) ??
    identifySwap(head)
  );
}

/** File systems that use the very sector in which an MBR would lie. */
export async function identifyBootSector(head: Buffer, window: DiskWindow): Promise<Identified | undefined> {
  return (
    (await identifyNtfs(head, window)) ??
    (await identifyExfat(head, window)) ??
    (await identifyFat(head, window))
  );
}
