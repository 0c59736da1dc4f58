import { mkdtempSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StageDiskName } from '../e2e/heatmap-stage/disks';
import { buildStage, openStage, type Stage } from '../e2e/heatmap-stage/open';
import { drawEveryBlock, drive, firstPicture, type Frames } from './heatmap-measures';
import { replaceTables, table } from './report';
import { median } from './statistics';
import { markdown, rounded, say } from './window-options';

const TARGETS = { firstPictureMs: 300, frameMs: 16 };
const ROUNDS = 5;
const FRAMES = 60;
const DISKS: readonly (readonly [disk: StageDiskName, title: string])[] = [
  ['needle', '16 TiB, 1 block changed'],
  ['haystack', '16 TiB, 11 million blocks changed, each alone'],
  ['server', '40 GiB, a day on a server'],
];

interface Measured {
  readonly title: string;
  readonly layout: 'linear' | 'hilbert';
  /** From the bitmap's arrival to the frame that shows it, in milliseconds, one per round; the first starts the worker. */
  readonly firstPictureMs: readonly number[];
  readonly frames: Frames;
  /** Main thread, milliseconds per frame on average, everything included. */
  readonly mainThreadMs: number;
  /** One picture of every block on a plain canvas of the same size. */
  readonly plainCanvasMs: number;
}

const percentile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.round(share * (values.length - 1))];

async function measure(
  { page }: Stage,
  disk: StageDiskName,
  title: string,
  layout: 'linear' | 'hilbert',
): Promise<Measured> {
  const scene = { disk, settings: { heatmapLayout: layout }, numbers: true } as const;
  await page.evaluate((name) => window.stage.prepare(name), disk);
  const firstPictureMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await page.evaluate((shown) => window.stage.show(shown), scene);
    firstPictureMs.push(await page.evaluate(firstPicture));
    await page.waitForTimeout(800);
  }
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics');
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? NaN);
  };
  const before = await busy();
  const frames = await page.evaluate(drive, FRAMES);
  const mainThreadMs = ((await busy()) - before) / frames.mainMs.length;
  await session.detach();
  await page.evaluate((shown) => window.stage.show(shown), scene);
  await page.evaluate(firstPicture);
  const plainCanvasMs = await page.evaluate(drawEveryBlock);
  return { title, layout, firstPictureMs, frames, mainThreadMs, plainCanvasMs };
}

/** Prints the results; returns them for a page. */
function print(results: readonly Measured[]): string {
  const ms = (value: number): string => value.toFixed(value < 10 ? 1 : 0);
  const rows = results.map(({ title, layout, firstPictureMs, frames, mainThreadMs, plainCanvasMs }) => [
    `${title}, ${layout === 'linear' ? 'rows' : 'Hilbert'}`,
    ms(firstPictureMs[0]),
    ms(median(firstPictureMs)),
    ms(mainThreadMs),
    ms(median(frames.mainMs)),
    ms(percentile(frames.mainMs, 0.95)),
    ms(median(frames.pictureMs)),
    ms(plainCanvasMs),
    `×${(plainCanvasMs / Math.max(0.1, median(frames.pictureMs))).toFixed(0)}`,
  ]);
  const head = [
    'milliseconds',
    'first picture, cold',
    'first picture',
    'main thread a frame',
    'input and layout',
    '95 %',
    'input to picture',
    'plain canvas, every block',
    'faster by',
  ];
  const first = Math.max(...results.map(({ firstPictureMs }) => median(firstPictureMs)));
  const frame = Math.max(...results.map(({ mainThreadMs }) => mainThreadMs));
  const against = (what: string, value: number, target: number): string =>
    `- ${what}: ${ms(value)} ms of ${target} ms ${value <= target ? 'ok' : 'MISSED'}`;
  const text = [
    table(head, rows),
    '',
    against('first picture', first, TARGETS.firstPictureMs),
    against('main thread a frame', frame, TARGETS.frameMs),
  ].join('\n');
  say(`\n${text}\n`);
  return text;
}

const folder = mkdtempSync(join(tmpdir(), 'heatmap-bench-'));
try {
  say('building the page');
  await buildStage(folder);
  const stage = await openStage(folder);
  try {
    const painter = await stage.page.evaluate(async () => {
      window.stage.show({ disk: 'short' });
      await new Promise((resolve) => setTimeout(resolve, 1000));
      return document.querySelector<HTMLElement>('.heatmap-map canvas')?.dataset['painter'];
    });
    const electron = await stage.app.evaluate(() => process.versions.electron);
    const { width, height } = await stage.page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.heatmap-map canvas')!;
      return { width: canvas.width, height: canvas.height };
    });
    const machine = `${cpus().length} × ${cpus()[0].model.trim()}, Electron ${electron}, ${painter}, ${width}×${height} pixels`;
    say(machine);
    const results: Measured[] = [];
    for (const [disk, title] of DISKS)
      for (const layout of ['linear', 'hilbert'] as const) {
        say(`measuring ${title}, ${layout}`);
        results.push(await measure(stage, disk, title, layout));
      }
    const tables = print(results);
    if (markdown !== undefined) replaceTables(markdown, `${machine}.\n\n${tables}`, 'maps');
    console.log(JSON.stringify({ machine, targets: TARGETS, results }, rounded));
  } finally {
    await stage.close();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
