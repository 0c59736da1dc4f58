/**
 * Runs once what closes now, a menu or the quick input, has given the focus back, so that a dialog or an editor can take
 * it. Closing sets a timer for that: one that is set when the next has come is later.
 */
export function afterClose(run: () => void): void {
  setTimeout(() => setTimeout(run));
}
