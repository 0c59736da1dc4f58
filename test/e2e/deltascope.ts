import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import {
  _electron,
  test as base,
  expect,
  type ElectronApplication,
  type Locator,
  type Page,
} from '@playwright/test';

export interface Deltascope {
  readonly app: ElectronApplication;
  readonly page: Page;
  /** A folder that goes with the test. */
  readonly folder: string;
  /** Ends the app and starts it again on the same profile. */
  restart(...more: string[]): Promise<{ app: ElectronApplication; page: Page }>;
  /** Ends the app without a warning, as a crash or a power cut does. */
  kill(): Promise<void>;
}

interface Running {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly child: ChildProcess;
}

async function launch(folder: string, more: readonly string[], crashes: string[]): Promise<Running> {
  const isRoot = process.getuid?.() === 0;
  const app = await _electron.launch({
    args: [
      resolve('.'),
      '--log-level=3',
      `--user-data-dir=${join(folder, 'profile')}`,
      ...(isRoot ? ['--no-sandbox'] : []),
      ...more,
    ],
  });
  const page = await app.firstWindow();
  page.on('pageerror', (error) => crashes.push(error.message));
  await page.setViewportSize({ width: 1440, height: 900 }).catch(() => undefined);
  return { app, page, child: app.process() };
}

const RESUME_LATER = 2;

/**
 * Closes the app. A window under running jobs asks before it closes, and a test that failed meanwhile has nobody to
 * answer: then it closes at once. Cancelling them would need their pool, which may be gone.
 */
async function close({ app, child }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await app.evaluate(({ dialog }, response) => {
    dialog.showMessageBox = () => Promise.resolve({ response, checkboxChecked: false });
  }, RESUME_LATER);
  await app.close();
}

/**
 * Ends all processes of the app at once. Were only the first one killed, the others could live on for a while with its
 * profile, and Playwright would wait for the pipes that they hold.
 */
async function killAll({ child }: Running): Promise<void> {
  const closed = once(child, 'close');
  // Playwright starts the app as the leader of a process group.
  process.kill(-child.pid!, 'SIGKILL');
  await closed;
}

/** Every test gets the real app in a window of its own, with a fresh profile and the demo pool open. */
export const test = base.extend<{ deltascope: Deltascope; arguments: string[] }>({
  arguments: [['--demo'], { option: true }],
  deltascope: async ({ arguments: more }, use) => {
    const folder = mkdtempSync(join(tmpdir(), 'deltascope-e2e-'));
    const crashes: string[] = [];
    let running = await launch(folder, more, crashes);
    await use({
      ...running,
      folder,
      kill: () => killAll(running),
      restart: async (...others) => {
        await close(running);
        running = await launch(folder, others, crashes);
        return running;
      },
    });
    await close(running);
    rmSync(folder, { recursive: true, force: true });
    expect(crashes).toEqual([]);
  },
});
export { expect };

/** The accessibility rules that another theme can break: all others look at what is there, not at its colours. */
const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/** No violation of the accessibility rules, whatever is on the screen; of those that concern colours alone, if asked. */
export async function expectAccessible(page: Page, rules: 'all' | 'of colour' = 'all'): Promise<void> {
  const builder = new AxeBuilder({ page })
    // A tip floats above the page, next to what it describes: it belongs to no landmark.
    .exclude('[data-radix-popper-content-wrapper]:has([role=tooltip])')
    .setLegacyMode();
  if (rules === 'of colour') builder.withRules(RULES_OF_COLOUR);
  const { violations } = await builder.analyze();
  expect(
    violations.map(({ id, help, nodes }) => ({
      id,
      help,
      where: nodes.map(({ target }) => target.join(' ')),
    })),
  ).toEqual([]);
}

/**
 * Looks at the screen in dark and light: a picture of each in test-results/screens, and the accessibility rules, which in
 * every further theme are those of colour.
 */
export async function inspect(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator('html')).toHaveAttribute('data-theme', colorScheme);
    await expectAccessible(page, colorScheme === 'dark' ? 'all' : 'of colour');
    await page.screenshot({ path: `test-results/screens/${name}-${colorScheme}.png` });
  }
}

/** The same in every theme. */
export async function inspectInAllThemes(page: Page, name: string): Promise<void> {
  for (const [id, media] of [
    ['dark', { colorScheme: 'dark', contrast: 'no-preference' }],
    ['light', { colorScheme: 'light', contrast: 'no-preference' }],
    ['hc-dark', { colorScheme: 'dark', contrast: 'more' }],
    ['hc-light', { colorScheme: 'light', contrast: 'more' }],
  ] as const) {
    await page.emulateMedia(media);
    await expect(page.locator('html')).toHaveAttribute('data-theme', id);
    await expectAccessible(page, id === 'dark' ? 'all' : 'of colour');
    await page.screenshot({ path: `test-results/screens/${name}-${id}.png` });
  }
  await page.emulateMedia({ contrast: 'no-preference' });
}

/** Opens the tree down to a disk and the disk's editor. */
export async function openDisk(page: Page, vm: string, disk: RegExp): Promise<void> {
  const item = (name: RegExp) => page.getByRole('treeitem', { name }).first();
  const pool = item(/Demo pool/);
  await expect(pool).toBeVisible({ timeout: 30_000 });
  if ((await pool.getAttribute('aria-expanded')) !== 'true') {
    await pool.click();
    await page.keyboard.press('ArrowRight');
  }
  const machine = item(new RegExp(vm));
  await machine.click();
  if ((await machine.getAttribute('aria-expanded')) !== 'true') await page.keyboard.press('ArrowRight');
  await item(disk).dblclick();
}

/** The snapshots on the timeline of the disk that is shown, oldest first. */
export const timelineOf = (page: Page): Locator =>
  page
    .getByRole('main')
    .getByRole('group', { name: /^Timeline of snapshots/ })
    .getByRole('button');

/** Runs a command by the palette, as the keyboard would. */
export async function runCommand(page: Page, title: string): Promise<void> {
  // Keys are heard once the workbench stands.
  await expect(page.getByRole('contentinfo')).toBeVisible({ timeout: 30_000 });
  await page.keyboard.press('F1');
  const palette = page.getByRole('dialog', { name: 'Run a command' });
  await palette.getByRole('combobox').fill(`>${title}`);
  await expect(palette.getByRole('option').first()).toContainText(title);
  await page.keyboard.press('Enter');
  await expect(palette).toBeHidden();
}

/** The job on the page has ended well. One that ends otherwise fails the test at once, with its reason and its log. */
export async function expectJobDone(page: Page): Promise<void> {
  const main = page.getByRole('main');
  const title = main.getByRole('heading', { level: 1 });
  await expect(title).toContainText(/done|failed|interrupted|cancelled/, { timeout: 60_000 });
  const state = await title.innerText();
  const told = async (role: 'alert' | 'log'): Promise<string> =>
    (await main.getByRole(role).allInnerTexts()).join('\n');
  const why = /done/.test(state) ? '' : `\n${await told('alert')}\n\n${await told('log')}`;
  expect(`${state}${why}`).toContain('done');
}
