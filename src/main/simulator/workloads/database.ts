import { databasePage, logLines } from './content';
import { clip } from './files';
import type { Guest, GuestWrite } from './guest';
import { GUEST_BLOCK } from './region';

const PAGE = 16 * 1024;
const MIB = 1024 * 1024;

/** Pages written at random, most of them in a hot fifth of the table space, and a write-ahead log that turns round. */
export function* databasePages(guest: Guest): Generator<GuestWrite> {
  const tables = guest.room.part(0.1, 0.3, 2048 * MIB);
  const hot = tables.part(0.15, 0.2);
  const log = guest.room.part(0.45, 0.05, 64 * MIB);
  for (;;) {
    const region = guest.random() < 0.8 ? hot : tables;
    const page = Math.floor((guest.random() * region.length) / PAGE);
    yield clip(region.place(page * PAGE, PAGE), databasePage(guest.random, page, PAGE));
    if (guest.random() < 0.5) {
      const data = logLines(guest.random, guest.between(1, 3) * GUEST_BLOCK);
      yield clip(log.place(guest.append('write-ahead log', data.length), data.length), data);
    }
  }
}
