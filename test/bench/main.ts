import { writeFileSync } from 'node:fs';
import { prepareArena } from './arena';
import { cases } from './cases';
import { judge } from './compare';
import { measureHeatmapIndex } from './heatmap-index';
import { describeMachine } from './machine';
import { INDEX_CASE, readOptions, usage, type Options } from './options';
import { caseTable, indexTable, replaceTables, targetTable } from './report';
import { runCase, type Run } from './run-case';
import { targets } from './targets';

const say = (text: string): void => void process.stderr.write(`bench: ${text}\n`);
const printed: string[] = [];
function print(text: string): void {
  printed.push(text);
  process.stdout.write(`${text}\n\n`);
}

/** Measures, prints every table as soon as it is complete, and writes the JSON. */
async function bench(options: Options): Promise<void> {
  const chosen = cases.filter(({ name, quick }) =>
    options.only ? options.only.includes(name) : quick || !options.quick,
  );
  const { arena, certificates, letMemoryGo, remove } = await prepareArena(options.gibibytes * 1024 ** 3, say);
  process.once('exit', remove);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
  const machine = await describeMachine(arena.programs);
  const { blocks, runs: extents, vhdBlocks } = arena.changed;
  const setting = [
    ...machine,
    `A disk of ${options.gibibytes} GiB, half data, in memory; increment: ${blocks} changed blocks in ${extents} runs, touching ${vhdBlocks} blocks of 2 MiB`,
    `Medians of ${options.rounds} interleaved rounds; process start and end count`,
  ];
  print(setting.map((line) => `- ${line}`).join('\n'));
  const runs: Run[] = [];
  for (const contest of chosen) {
    // A file system that caches in large pieces finds none in it.
    if (contest.target === 'disk') letMemoryGo();
    runs.push(...(await runCase(contest, arena, certificates, options.rounds, say)));
    print(caseTable(contest, runs, arena.sizeBytes));
  }
  const wantsIndex = options.only?.includes(INDEX_CASE) ?? !options.quick;
  const index = wantsIndex ? measureHeatmapIndex(options.rounds) : [];
  if (wantsIndex) print(indexTable(index));
  const outcomes = targets
    .filter((target) => chosen.some(({ name }) => name === target.case))
    .map((target) => judge(target, runs));
  if (outcomes.length > 0) print(targetTable(outcomes));
  if (options.markdown !== undefined) replaceTables(options.markdown, printed.join('\n\n'));
  if (options.json !== undefined) {
    const written = { setting, targets: outcomes, index, runs };
    writeFileSync(options.json, `${JSON.stringify(written, undefined, 1)}\n`);
  }
  // What keeps the memory warm would keep this process alive.
  process.off('exit', remove);
  remove();
}

let options: Options | 'help' = 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  say((error as Error).message);
  process.stderr.write(usage);
  process.exit(2);
}
if (options === 'help') process.stdout.write(usage);
else await bench(options);
