// node scripts/with-electron.mjs <command> [arguments]
// Runs a command with an Electron runtime in its environment and, on Linux without a display, inside a virtual one.
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { hasDisplay } from './lib/display.mjs';
import { resolveElectron } from './lib/electron-runtime.mjs';
import { say } from './lib/log.mjs';

const [command, ...args] = process.argv.slice(2);
const runtime = await resolveElectron();
say(`Electron ${runtime.version} (${runtime.source})`);
const env = {
  ...process.env,
  ELECTRON_EXEC_PATH: runtime.executable,
  ELECTRON_OVERRIDE_DIST_PATH: runtime.folder,
  PATH: [join(import.meta.dirname, '../node_modules/.bin'), process.env.PATH].join(delimiter),
};
const program = command === 'electron' ? runtime.executable : command;
// Chromium refuses to run sandboxed as root.
const isRoot = process.getuid?.() === 0;
if (isRoot) env.NO_SANDBOX = '1';
const programArgs = command === 'electron' && isRoot ? ['--no-sandbox', ...args] : args;
const [file, fileArgs] = hasDisplay()
  ? [program, programArgs]
  : ['xvfb-run', ['-a', '-s', '-screen 0 2560x1440x24', program, ...programArgs]];
const child = spawn(file, fileArgs, { stdio: 'inherit', env });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  say(`${file} could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
