import { packed } from './content';
import { clip } from './files';
import type { Guest, GuestWrite } from './guest';
import { GUEST_BLOCK } from './region';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Deleted files: blocks that were in use are overwritten with zeros. Ends when nothing is left. */
export function* zeroing(guest: Guest): Generator<GuestWrite> {
  const pieces = guest.used(512 * KIB);
  while (pieces.length > 0) {
    const [piece] = pieces.splice(Math.floor(guest.random() * pieces.length), 1);
    const whole = Math.floor(piece.length / GUEST_BLOCK) * GUEST_BLOCK;
    if (whole > 0) yield { offset: piece.offset, length: whole };
  }
}

/** Scattered file parts are copied side by side into another part of the disk. Ends when all were moved. */
export async function* defragmentation(guest: Guest): AsyncGenerator<GuestWrite> {
  const target = guest.room.part(0.65, 0.25, 4096 * MIB);
  for (const piece of guest.used(256 * KIB)) {
    if (guest.random() < 0.4) continue;
    const length = Math.floor(piece.length / GUEST_BLOCK) * GUEST_BLOCK;
    if (length === 0) continue;
    const data = await guest.disk.read(piece.offset, length);
    yield clip(target.place(guest.append('defragmented', length), length), data);
  }
}

/** Memory pages going out in clusters that crowd at the front of the swap space. */
export function* swapping(guest: Guest): Generator<GuestWrite> {
  const space = guest.area.part(0, 0.9, 1024 * MIB);
  const slots = Math.max(1, Math.floor(space.length / (256 * KIB)) - 1);
  for (;;) {
    const slot = 1 + Math.floor(guest.random() ** 3 * slots);
    const data = packed(guest.random, guest.between(8, 64) * GUEST_BLOCK);
    yield clip(space.place(slot * 256 * KIB, data.length), data);
  }
}
