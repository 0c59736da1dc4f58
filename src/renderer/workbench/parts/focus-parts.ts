/** The parts of the window, in the order F6 goes through them. Each carries `data-part`. */
const ORDER = ['activity-bar', 'side-bar', 'editors', 'panel', 'status-bar'];
const FOCUSABLE =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea, [tabindex]:not([tabindex="-1"])';

const lastFocused = new Map<string, HTMLElement>();

const partOf = (element: Element | null): HTMLElement | null =>
  element?.closest<HTMLElement>('[data-part]') ?? null;

/** Remembers where the focus was in each part. */
export function rememberFocus(element: Element | null): void {
  const name = partOf(element)?.dataset['part'];
  if (name !== undefined && element instanceof HTMLElement) lastFocused.set(name, element);
}

const isShown = (element: HTMLElement): boolean => element.isConnected && element.getClientRects().length > 0;

/** A tab of what is not shown: the focus belongs on the one that is. */
const isOtherTab = (element: HTMLElement): boolean =>
  element.getAttribute('role') === 'tab' && element.getAttribute('aria-selected') === 'false';

export function focusPart(name: string): boolean {
  const part = document.querySelector<HTMLElement>(`[data-part="${name}"]`);
  if (part === null || !isShown(part)) return false;
  const last = lastFocused.get(name);
  const target =
    last !== undefined && isShown(last) && !isOtherTab(last)
      ? last
      : [
          part.querySelector<HTMLElement>('[data-autofocus]'),
          ...part.querySelectorAll<HTMLElement>(FOCUSABLE),
        ].find((element) => element !== null && isShown(element));
  target?.focus();
  return target !== undefined && target !== null;
}

/** To the next (1) or the previous (-1) part that is shown. */
export function cycleParts(step: 1 | -1): void {
  const at = ORDER.indexOf(partOf(document.activeElement)?.dataset['part'] ?? '');
  for (let moved = 1; moved <= ORDER.length; moved++) {
    const next = ORDER[(at + step * moved + ORDER.length * 2) % ORDER.length];
    if (focusPart(next)) return;
  }
}
