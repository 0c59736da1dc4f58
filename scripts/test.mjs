// npm test: sets itself up, runs every check and every test, and prints one line that counts the real results.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { say } from './lib/log.mjs';
import { ensureNodeModules } from './lib/node-modules.mjs';
import { ensureSystemPackages, packageSets } from './lib/system-packages.mjs';

const root = join(import.meta.dirname, '..');
const bin = (name) => join(root, 'node_modules/.bin', name);
const count = { passed: 0, failed: 0, skipped: 0 };

/** Runs a step; its exit status is the result unless `results` reads counts from a report. */
function step(title, command, args, { results, env } = {}) {
  say(title);
  const started = Date.now();
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, ...env },
  });
  const counted = results?.() ?? { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1, skipped: 0 };
  // A runner that fails without a failed test (a crash, a set-up error) must not look like success.
  if (status !== 0 && counted.failed === 0) counted.failed = 1;
  for (const key of Object.keys(count)) count[key] += counted[key];
  say(
    `${title}: ${counted.failed === 0 ? 'ok' : 'FAILED'} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
  );
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

step('format', bin('prettier'), ['--check', '--log-level', 'warn', '.']);
step('lint', bin('eslint'), ['.', '--max-warnings', '0']);
step('layers', bin('depcruise'), [
  'src',
  'test',
  '--config',
  '.dependency-cruiser.cjs',
  '--output-type',
  'err',
]);
for (const target of ['shared', 'main', 'preload', 'renderer', 'test']) {
  step(`types: ${target}`, bin('tsc'), ['-p', `tsconfig.${target}.json`]);
}
step('build', bin('electron-vite'), ['build', '--logLevel', 'warn']);
step(
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
);
step(
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
