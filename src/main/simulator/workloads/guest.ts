import type { Extent } from '../../../shared/blocks/extent';
import { seededRandom } from '../random';
import type { VirtualDisk } from '../storage/virtual-disk';
import { Region } from './region';

/** One write of a guest; without data, zeros. */
export interface GuestWrite extends Extent {
  readonly data?: Buffer;
}

/** Where files grow, kept from run to run as long as the disk lives. */
const heads = new WeakMap<VirtualDisk, Map<string, number>>();

/** File systems keep their superblock and first tables here; workloads leave them alone. */
const METADATA_BYTES = 4 * 1024 * 1024;

/** A machine at work on one partition of one disk. */
export class Guest {
  readonly disk: VirtualDisk;
  /** The whole partition. */
  readonly area: Region;
  /** The partition without its first tables. */
  readonly room: Region;
  readonly random: () => number;

  constructor(disk: VirtualDisk, area: Extent, seed: number) {
    this.disk = disk;
    this.area = new Region(area.offset, area.length);
    const tables = Math.min(METADATA_BYTES, area.length / 8);
    this.room = new Region(area.offset + tables, area.length - tables);
    this.random = seededRandom(seed);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  /** Moves the end of the file `name` on by `length` and returns where it was, in bytes from the file's start. */
  append(name: string, length: number): number {
    const files = heads.get(this.disk) ?? new Map<string, number>();
    heads.set(this.disk, files);
    const key = `${name}@${this.area.offset}`;
    const at = files.get(key) ?? 0;
    files.set(key, at + length);
    return at;
  }

  /** Allocated ranges within the room, at most `pieceBytes` each. */
  used(pieceBytes: number): Extent[] {
    const end = this.room.offset + this.room.length;
    const pieces: Extent[] = [];
    for (const extent of this.disk.allocated()) {
      const last = Math.min(extent.offset + extent.length, end);
      for (let at = Math.max(extent.offset, this.room.offset); at < last; at += pieceBytes) {
        pieces.push({ offset: at, length: Math.min(pieceBytes, last - at) });
      }
    }
    return pieces;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[Math.floor(this.random() * list.length)];
  }
}
