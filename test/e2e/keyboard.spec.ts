import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, expectJobDone, runCommand, test, timelineOf } from './deltascope';

/** The focus goes on until it is on the control; fails when it comes round without meeting it. */
async function tabTo(page: Page, role: string, name: RegExp): Promise<void> {
  for (let pressed = 0; pressed < 80; pressed++) {
    await page.keyboard.press('Tab');
    const found = await page.evaluate(() => {
      const { activeElement } = document;
      const label =
        activeElement?.getAttribute('aria-label') ??
        (activeElement as HTMLInputElement | null)?.labels?.[0]?.textContent ??
        activeElement?.textContent ??
        '';
      return { tag: activeElement?.tagName.toLowerCase() ?? '', label: label.trim() };
    });
    if (found.tag === role && name.test(found.label)) return;
  }
  throw new Error(`Tab never reached ${role} ${String(name)}.`);
}

test('the main job, without the mouse', async ({ deltascope: { page, folder } }) => {
  test.setTimeout(120_000);
  const main = page.getByRole('main');
  const title = main.getByRole('heading', { level: 1 });
  const timeline = timelineOf(page);
  const run = (command: string) => runCommand(page, command);
  /** Presses keys that open a page of a kind; it has the focus in the moment in which it is there. */
  const openWith = async (keys: string, type: string): Promise<void> => {
    // It watches before the keys are pressed: what is asked of the page and what is pressed go different ways.
    const watch = await page.evaluateHandle((kind) => {
      const pane = () => document.querySelector(`[data-editor-type="${kind}"]`);
      const opened = new Promise<string>((resolve) => {
        const look = () =>
          pane() !== null && resolve(pane() === document.activeElement ? 'page' : 'elsewhere');
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      });
      return { opened };
    }, type);
    await page.keyboard.press(keys);
    expect(await watch.evaluate(({ opened }) => opened)).toBe('page');
  };
  /** The interval from one snapshot of the timeline to another is shown. */
  const expectInterval = async (from: number, to: number): Promise<void> => {
    await expect(timeline.nth(from)).toHaveText(/^From/);
    await expect(timeline.nth(to)).toHaveText(/^To/);
    await expect(main.getByText(/changed, .* of the disk/)).toBeVisible();
  };
  await expect(page.getByRole('treeitem', { name: /mail-01/ })).toBeVisible({ timeout: 30_000 });

  await test.step('go to the disk', async () => {
    await page.keyboard.press('Control+P');
    await page.keyboard.type('mail-01 sys');
    await expect(page.getByRole('option').first()).toContainText('mail-01 system');
    await openWith('Enter', 'disk');
    await expect(title).toContainText('CBT off');
  });

  await test.step('tracking, writes, snapshots', async () => {
    await run('Enable Change Tracking');
    await expect(title).toContainText('CBT on');
    // One is from before it was tracked.
    await expect(timeline).toHaveCount(1);
    for (const snapshots of [2, 3, 4]) {
      await run('Let the Guest Write');
      const written = page.getByText(/mail-01 wrote .* to its disks/);
      await expect(written).toBeVisible();
      await run('Clear All Notifications');
      await expect(written).toBeHidden();
      await run('Take Snapshot');
      await expect(timeline).toHaveCount(snapshots);
    }
    await expectInterval(2, 3);
  });

  await test.step('choose the interval', async () => {
    await run('Choose Where the Interval Begins');
    const choice = page.getByRole('dialog', { name: 'Where the interval begins' });
    await expect(choice.getByRole('option')).toHaveCount(3);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expectInterval(1, 3);
    await page.keyboard.press('Control+Shift+O');
    const end = page.getByRole('dialog', { name: 'Go to a snapshot of the selected disk' });
    await expect(end.getByRole('option')).toHaveCount(4);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await expectInterval(1, 2);
  });

  const exportDisk = async (reason: RegExp) => {
    await openWith('Control+E', 'export');
    await expect(main.getByRole('textbox', { name: 'Target folder' })).toBeVisible();
    await tabTo(page, 'input', /Target folder/);
    await page.keyboard.press('Control+A');
    await page.keyboard.type(join(folder, 'exports'));
    await expect(main.getByText(reason).first()).toBeVisible();
    await tabTo(page, 'button', /Start Export/);
    await page.keyboard.press('Enter');
    await expectJobDone(page);
  };
  await test.step('full export', () => exportDisk(/no earlier export of this disk/));
  await test.step('increment', async () => {
    await page.keyboard.press('Control+P');
    await page.keyboard.type('mail-01 sys');
    await expect(page.getByRole('option').first()).toContainText('mail-01 system');
    await openWith('Enter', 'disk');
    await expect(title).toContainText('CBT on');
    await run('Let the Guest Write');
    await exportDisk(/Changed block tracking covers the disk/);
  });
});
