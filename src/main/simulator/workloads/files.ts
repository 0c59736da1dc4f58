import { logLines, packed } from './content';
import type { Guest, GuestWrite } from './guest';
import { GUEST_BLOCK } from './region';

const KIB = 1024;
const MIB = 1024 * KIB;

/** A log that grows without end, and the file system's journal that turns round beside it. */
export function* logAppend(guest: Guest): Generator<GuestWrite> {
  const log = guest.room.part(0.4, 0.2, 4096 * MIB);
  for (;;) {
    const data = logLines(guest.random, guest.between(1, 8) * GUEST_BLOCK);
    yield clip(log.place(guest.append('log', data.length), data.length), data);
    if (guest.random() < 0.2) yield journalCommit(guest);
  }
}

/** Packages unpacked: bursts of files side by side, each burst somewhere else. */
export function* packageUpdate(guest: Guest): Generator<GuestWrite> {
  const system = guest.room.part(0, 0.6, 24_576 * MIB);
  for (;;) {
    let position = Math.floor(guest.random() * system.length);
    for (let files = guest.between(8, 40); files > 0; files--) {
      const data = packed(guest.random, guest.between(1, 60) * GUEST_BLOCK);
      yield clip(system.place(position, data.length), data);
      position += data.length + guest.between(0, 3) * GUEST_BLOCK;
    }
    yield journalCommit(guest);
  }
}

/** Nothing happens, but clocks and counters are written all the same. */
export function* idle(guest: Guest): Generator<GuestWrite> {
  const tables = guest.room.part(0, 0.02, 16 * MIB);
  for (;;) {
    const data = logLines(guest.random, GUEST_BLOCK);
    yield clip(tables.place(guest.between(0, 40) * GUEST_BLOCK, data.length), data);
    yield journalCommit(guest);
  }
}

/** Small writes anywhere. */
export function* randomWrites(guest: Guest): Generator<GuestWrite> {
  for (;;) {
    const data = packed(guest.random, GUEST_BLOCK);
    yield clip(guest.room.place(Math.floor(guest.random() * guest.room.length), data.length), data);
  }
}

function journalCommit(guest: Guest): GuestWrite {
  const journal = guest.room.part(0.12, 0.02, 16 * MIB);
  const data = logLines(guest.random, 2 * GUEST_BLOCK);
  return clip(journal.place(guest.append('journal', data.length), data.length), data);
}

/** The write for a place that may have turned out smaller than the data. */
export function clip({ offset, length }: { offset: number; length: number }, data: Buffer): GuestWrite {
  return { offset, length, data: data.subarray(0, length) };
}
