// npm test: sets itself up, runs every check and every test, and prints one line that counts the real results.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './lib/log.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const count = { passed: 0, failed: 0, skipped: 0 };

const one = (ok) => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

function conclude(title, started, status, counted) {
  // A runner that fails without a failed test (a crash, a set-up error) must not look like success.
  if (status !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(count)) count[key] += counted[key];
  say(
    `${title}: ${counted.failed === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
}

/** Runs a test runner; its counts are read from its report. */
async function runTests(title, command, args, { results, env } = {}) {
  say(title);
  const started = Date.now();
  const runner = spawn(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  });
  const [status] = await once(runner, 'close');
  conclude(title, started, status, results());
}

/** Runs checks one after another; each counts as one, and prints only once it has ended. */
async function runChecks(checks) {
  for (const [title, command, args] of checks) {
    const started = Date.now();
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => output.push(chunk));
    const [status] = await once(child, 'close');
    if (status !== 0) process.stderr.write(Buffer.concat(output));
    conclude(title, started, status, one(status === 0));
  }
}

function report(file, read) {
  try {
    return read(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    say(`no test report: ${error.message}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

ensureNodeModules();
ensureSystemPackages(packageSets.tests);
const reports = mkdtempSync(join(tmpdir(), 'deltascope-test-'));
const vitestReport = join(reports, 'vitest.json');
const playwrightReport = join(reports, 'playwright.json');

const buildCheck = [['build', process.execPath, ['scripts/ensure-build.mjs']]];
const sourceChecks = [
  ['lint', bin('eslint'), ['.', '--max-warnings', '0']],
  ['format', bin('prettier'), ['--check', '--log-level', 'warn', '.']],
  [
    'layers',
    bin('depcruise'),
    ['src', 'test', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  ],
  ...['main', 'renderer', 'test', 'shared', 'preload'].map((target) => [
    `types: ${target}`,
    bin('tsc'),
    ['-p', `tsconfig.${target}.json`],
  ]),
];

say('checks');
await runChecks(buildCheck);
// The interop tests mostly wait for other programs, so the checks of the sources fit in beside them.
await Promise.all([
  runChecks(sourceChecks),
  runTests(
    'unit and interop tests',
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`],
    {
      results: () =>
        report(vitestReport, (r) => ({
          passed: r.numPassedTests,
          failed: r.numFailedTests,
          skipped: r.numPendingTests + r.numTodoTests,
        })),
    },
  ),
]);
await runTests(
  'window tests',
  process.execPath,
  ['scripts/with-electron.mjs', 'playwright', 'test', '--reporter=list,json'],
  {
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport },
    results: () =>
      report(playwrightReport, ({ stats }) => ({
        passed: stats.expected,
        failed: stats.unexpected + stats.flaky,
        skipped: stats.skipped,
      })),
  },
);
rmSync(reports, { recursive: true, force: true });
const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
process.stdout.write(`${count.passed} passed, ${count.failed} failed${skipped}\n`);
process.exit(count.failed === 0 ? 0 : 1);
