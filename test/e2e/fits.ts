import { expect, type Page } from '@playwright/test';

/**
 * Runs in the page. Controls and titles that are cut off sideways and cannot be scrolled to, and boxes that would have to
 * be scrolled sideways although they should not.
 */
export function findClipped(): string[] {
  const TOLERANCE = 1;
  const name = (element: Element): string => {
    const label = element.getAttribute('aria-label') ?? element.textContent;
    const classes = (element.getAttribute('class') ?? '').split(' ').join('.');
    return `${element.tagName.toLowerCase()}.${classes} "${label.trim().slice(0, 40)}"`;
  };
  /** What cuts the element off; undefined when all of it is seen, or when it is in a box made to be scrolled sideways. */
  const cutBy = (element: Element): string | undefined => {
    const { left, right, width, height } = element.getBoundingClientRect();
    if (width === 0 || height === 0) return undefined;
    for (let box = element.parentElement; box !== null; box = box.parentElement) {
      const { overflowX } = getComputedStyle(box);
      const edge = box.getBoundingClientRect();
      if (overflowX === 'visible' || edge.width === 0) continue;
      const cut = left < edge.left - TOLERANCE || right > edge.right + TOLERANCE;
      if (cut && (overflowX === 'auto' || overflowX === 'scroll') && !box.matches(NEVER_SIDEWAYS))
        return undefined;
      if (cut) return name(box);
    }
    return left < -TOLERANCE || right > window.innerWidth + TOLERANCE ? 'the window' : undefined;
  };
  const NEVER_SIDEWAYS = '.ds-editor, .ds-part-body, .ds-dialog, .ds-quick, .ds-notification-centre';
  const CONTROLS = 'button, input, select, a[href], [role=button], h1, h2, h3';

  const wide = [...document.querySelectorAll(NEVER_SIDEWAYS)].filter(
    ({ clientWidth, scrollWidth }) => clientWidth > 0 && scrollWidth > clientWidth + TOLERANCE,
  );
  const found = wide.map((box) => `scrolls sideways: ${name(box)}`);
  if (document.documentElement.scrollWidth > window.innerWidth + TOLERANCE)
    found.push('scrolls sideways: the page');
  for (const control of document.querySelectorAll(CONTROLS)) {
    if (!control.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (control.closest('.ds-visually-hidden') !== null) continue;
    const by = cutBy(control);
    if (by !== undefined) found.push(`cut off by ${by}: ${name(control)}`);
  }
  return found;
}

/** Nothing on the screen is cut off sideways at its present size. */
export async function expectFits(page: Page, where: string): Promise<void> {
  await expect.poll(() => page.evaluate(findClipped), { message: where }).toEqual([]);
}
