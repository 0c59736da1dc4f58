// Writes resources/third-party-notices.txt: the licence of every package whose code is in the bundle, found through
// the bundle's source maps. Run after a build: node scripts/make-notices.mjs
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { say, stop } from './lib/log.mjs';

const root = join(import.meta.dirname, '..');
const out = join(root, 'out');
if (!existsSync(out)) stop('There is no build. Run `npm run build` first.');

const maps = readdirSync(out, { recursive: true }).filter((name) => name.endsWith('.map'));
const packages = new Map();
for (const map of maps) {
  const file = join(out, map);
  for (const source of JSON.parse(readFileSync(file, 'utf8')).sources) {
    const folder = packageFolder(resolve(dirname(file), source ?? ''));
    if (folder) packages.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
  }
}
// Fonts and styles leave no source map.
for (const name of ['@vscode/codicons']) {
  const folder = join(root, 'node_modules', name);
  packages.set(folder, JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));
}

function packageFolder(path) {
  const at = path.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = path.slice(at + 'node_modules/'.length).split('/');
  const name = parts[0].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  const folder = join(path.slice(0, at), 'node_modules', name);
  return existsSync(join(folder, 'package.json')) ? folder : undefined;
}

function licenceText(folder) {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|-|$)/i.test(name));
  return file ? readFileSync(join(folder, file), 'utf8').trim() : undefined;
}

const sections = [...packages]
  .sort(([, a], [, b]) => a.name.localeCompare(b.name) || a.version.localeCompare(b.version))
  .map(([folder, { name, version, license, author }]) => {
    const by = typeof author === 'string' ? author : (author?.name ?? '');
    const text = licenceText(folder) ?? `Licensed under ${license}.${by ? ` By ${by}.` : ''}`;
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
const head =
  'Deltascope contains or builds on the following software. Electron itself carries its own notices\n(LICENSE.electron.txt and LICENSES.chromium.html beside the program).\n';
writeFileSync(
  join(root, 'resources/third-party-notices.txt'),
  [head, ...sections].join(`\n${'-'.repeat(78)}\n\n`),
);
say(`${sections.length} packages noted`);
