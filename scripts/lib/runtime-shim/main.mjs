// Runs the app named on the command line, as Electron's own default app does:
//   electron [switches] [-r module]… <folder or file> [app arguments]
// The app is awaited at top level, so that `ready` waits for it.
import { readFileSync, statSync } from 'node:fs';
import Module from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app } from 'electron';

const required = [];
let target;
const rest = process.argv.slice(1);
while (target === undefined && rest.length > 0) {
  const arg = rest.shift();
  if (arg === '-r' || arg === '--require') required.push(rest.shift());
  else if (arg === '--version' || arg === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  } else if (!arg.startsWith('-')) target = resolve(arg);
}
if (target === undefined) {
  process.stderr.write('usage: electron [switches] [-r module]… <folder or file>\n');
  process.exit(1);
}
if (required.length > 0) Module._preloadModules(required);
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });

let entry = target;
let root = dirname(target);
if (statSync(target).isDirectory()) {
  root = target;
  const manifest = JSON.parse(readFileSync(join(target, 'package.json'), 'utf8'));
  app.setName(manifest.productName ?? manifest.name);
  app.setVersion(manifest.version);
  entry = join(target, manifest.main);
}
app.setAppPath(root);
await import(pathToFileURL(entry).href).catch((error) => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
