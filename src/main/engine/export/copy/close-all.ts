import type { Failure } from '../../../../shared/model/failure';
import { attempt } from '../../../../shared/model/result';

/** How to close what was opened, in the order in which it was. */
export type Closing = (() => Promise<void> | void)[];

/** Closes all of it, the last opened first, whatever fails. @returns why something stayed open. */
export async function closeAll(closing: Closing): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const close of closing.splice(0).reverse()) {
    const closed = await attempt(async () => close());
    if (!closed.ok) failures.push(closed.failure);
  }
  return failures;
}
