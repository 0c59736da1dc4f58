import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Arena } from './arena';
import { sound } from './judge';
import { Memory } from './memory';
import { readOptions, usage, type Options } from './options';
import { planStep, ROUND } from './plan';
import { line, outcomeOf, table } from './report';
import { runStep, type StepResult } from './run-step';

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** Exports with faults, round by round. Returns what was wrong, in sentences. */
async function soak({ seed, exports, from, only, faults, minutes, json }: Options): Promise<string[]> {
  const base = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const last = only ?? exports;
  const end = Date.now() + minutes * 60_000;
  const begun = only ?? from;
  const first = begun - ((begun - 1) % ROUND);
  const results: StepResult[] = [];
  const wrong: string[] = [];
  const memory = new Memory();
  for (let begin = first; begin <= last && Date.now() < end; begin += ROUND) {
    const arena = await Arena.open(base);
    try {
      const files = new Set<string>();
      for (let number = begin; number < begin + ROUND && number <= last && Date.now() < end; number++) {
        const result = await runStep(arena, seed, planStep(seed, number, faults), files);
        results.push(result);
        memory.sample();
        print(line(result));
        for (const text of result.violations) print(`       ! ${text}`);
        wrong.push(...result.violations.map((text) => `export ${number}: ${text}`));
      }
      for (const path of files)
        if (path.endsWith('.json'))
          for (const text of await sound(path)) wrong.push(`at the end of the round of ${begin}: ${text}`);
    } finally {
      await arena.close();
    }
  }
  const memoryFault = memory.fault();
  if (memoryFault !== undefined) wrong.push(memoryFault);
  if (results.length < last - first + 1) wrong.push(`only ${results.length} exports in ${minutes} minutes`);
  print(`\n${table(results)}\n\n${memory.describe()}`);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(results.map(brief), undefined, 1)}\n`);
  return wrong;
}

const brief = ({ step, settled, violations, seconds }: StepResult) => ({
  ...step,
  outcomes: settled.map((one) => ({
    outcome: outcomeOf(one),
    resumes: one.resumes,
    failure: one.job?.failure,
  })),
  violations,
  seconds,
});

let options: Options | 'help' = 'help';
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`soak: ${(error as Error).message}\n${usage}`);
  process.exit(2);
}
if (options === 'help') process.stdout.write(usage);
else {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));
  const { seed } = options;
  const repeat = `npm run soak -- --seed ${seed}`;
  print(`Seed ${seed}; repeat with: ${repeat}`);
  const wrong = await soak(options);
  for (const text of wrong) print(`WRONG ${text}`);
  if (wrong.length > 0) print(`\nLook into export N with: ${repeat} --only N`);
  else print('Nothing was lost, and nothing was left.');
  process.exitCode = wrong.length > 0 ? 1 : 0;
}
