import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type Page } from '@playwright/test';
import { replaceTables, table } from './report';
import { median } from './statistics';
import { markdown, rounded, say } from './window-options';
import { watchForAnswer, type Sign } from './window-probe';

const VMS = 10_000;
const TARGET_MS = 100;
const ROUNDS = 7;

interface Step {
  readonly title: string;
  /** Brings the window to where the measured key is pressed. */
  readonly before?: (page: Page, round: number) => Promise<void>;
  readonly act: (page: Page, round: number) => Promise<void>;
  readonly sign: (round: number) => Sign;
}

const FOCUSED = '[role=treeitem].is-focused';
const FIRST = '[role=listbox] [role=option]:first-child';
const name = (number: number): string => `vm-${String(number).padStart(5, '0')}`;
const press = (key: string) => (page: Page) => page.keyboard.press(key);
const tree = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  await page.getByRole('tree', { name: 'Pools' }).focus();
  for (const key of keys) await page.keyboard.press(key);
};
const quick = (key: string, typed: string) => async (page: Page) => {
  await page.keyboard.press('Escape');
  await page.keyboard.press(key);
  await page.getByRole('combobox').waitFor();
  await page.keyboard.insertText(typed);
};

const STEPS: readonly Step[] = [
  {
    title: 'tree: open the pool',
    before: (page) => tree(page, 'Home', 'ArrowLeft'),
    act: press('ArrowRight'),
    sign: () => ({ selector: '[role=treeitem][aria-level="2"]', text: '' }),
  },
  {
    title: 'tree: next row',
    before: (page) => tree(page, 'Home', ...Array.from({ length: 20 }, () => 'ArrowDown')),
    act: press('ArrowDown'),
    sign: () => ({ selector: '[role=treeitem].is-focused[aria-posinset="21"]', text: '' }),
  },
  {
    title: 'tree: last row of all',
    before: (page) => tree(page, 'Home'),
    act: press('End'),
    sign: () => ({ selector: FOCUSED, text: 'web-01' }),
  },
  {
    title: 'tree: last letter of a name typed',
    before: (page) => tree(page, 'Home'),
    act: (page) => page.keyboard.type(name(9998)),
    sign: () => ({ selector: FOCUSED, text: name(9998), key: '8' }),
  },
  {
    title: 'tree: open a VM in the middle',
    before: async (page, round) => {
      await tree(page, 'Home');
      await page.keyboard.type(name(5000 + round));
    },
    act: press('ArrowRight'),
    sign: (round) => ({ selector: '[role=treeitem][aria-level="3"]', text: `vm-${5000 + round} disk` }),
  },
  {
    title: 'search: open',
    before: press('Escape'),
    act: press('Control+p'),
    sign: () => ({ selector: FIRST, text: '' }),
  },
  {
    title: 'search: first letter',
    before: quick('Control+p', ''),
    act: press('v'),
    sign: () => ({ selector: `${FIRST} b`, text: 'v' }),
  },
  {
    title: 'search: last letter of a name',
    before: quick('Control+p', 'vm-0999'),
    act: press('8'),
    sign: () => ({ selector: FIRST, text: name(9998) }),
  },
  {
    title: 'palette: open',
    before: press('Escape'),
    act: press('F1'),
    sign: () => ({ selector: FIRST, text: '' }),
  },
  {
    title: 'palette: first letter',
    before: quick('F1', ''),
    act: press('x'),
    sign: () => ({ selector: `${FIRST} b`, text: 'x' }),
  },
];

interface Measured {
  readonly title: string;
  readonly ms: readonly number[];
}

async function measure(page: Page, { title, before, act, sign }: Step): Promise<Measured> {
  const ms: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await before?.(page, round);
    // Longer than the tree waits for another letter of a name.
    await page.waitForTimeout(900);
    await page.evaluate(watchForAnswer, sign(round));
    await act(page, round);
    ms.push(await page.evaluate(() => window.answered!));
  }
  await page.keyboard.press('Escape');
  return { title, ms };
}

const profile = mkdtempSync(join(tmpdir(), 'window-bench-'));
const executablePath = process.env['ELECTRON_EXEC_PATH'];
const app = await _electron.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: [
    process.cwd(),
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    '--log-level=3',
    `--user-data-dir=${profile}`,
    `--demo=${VMS}`,
  ],
});
try {
  const page = await app.firstWindow();
  await page.setViewportSize({ width: 1440, height: 900 }).catch(() => undefined);
  const pool = page.getByRole('treeitem', { name: /Demo pool/ });
  await pool.waitFor({ timeout: 120_000 });
  await page.locator('[role=treeitem][aria-expanded]').first().waitFor({ timeout: 120_000 });
  const electron = await app.evaluate(() => process.versions.electron);
  const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Electron ${electron}, ${VMS} VMs with a disk each`;
  say(machine);
  const results: Measured[] = [];
  for (const step of STEPS) {
    say(`measuring ${step.title}`);
    results.push(await measure(page, step));
  }
  const ms = (value: number): string => value.toFixed(0);
  const rows = results.map(({ title, ms: all }) => [
    title,
    ms(Math.min(...all)),
    ms(median(all)),
    ms(Math.max(...all)),
    median(all) <= TARGET_MS ? 'ok' : 'MISSED',
  ]);
  const head = ['milliseconds from the key to the picture', 'least', 'median', 'most', `${TARGET_MS} ms`];
  say(`\n${table(head, rows)}\n`);
  if (markdown !== undefined) replaceTables(markdown, `${machine}.\n\n${table(head, rows)}`, 'answers');
  console.log(JSON.stringify({ machine, targetMs: TARGET_MS, results }, rounded));
} finally {
  await app.close();
  rmSync(profile, { recursive: true, force: true });
}
