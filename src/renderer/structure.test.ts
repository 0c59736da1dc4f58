import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = import.meta.dirname;
const sources = readdirSync(root, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
  .map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { name: relative(root, path).replaceAll('\\', '/'), text: readFileSync(path, 'utf8') };
  });
const lines = (text: string): number => text.split('\n').length - 1;

// The layers are checked by `npm run layers`, colour literals by theme/theme.test.ts.
describe('the code of the window', () => {
  it('was found', () => {
    expect(sources.length).toBeGreaterThan(150);
  });

  it('has no component over 300 lines', () => {
    const long = sources.filter(({ name, text }) => name.endsWith('.tsx') && lines(text) > 300);
    expect(long.map(({ name }) => name)).toEqual([]);
  });

  it('has no file over 500 lines', () => {
    expect(sources.filter(({ text }) => lines(text) > 500).map(({ name }) => name)).toEqual([]);
  });

  it('has one store per file, and stores in their folder or in one feature', () => {
    const makers = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\bcreateStore(?:<[^(]*>)?\(/g)].map(() => name),
    );
    expect(makers.filter((name, index) => makers.indexOf(name) !== index)).toEqual([]);
    expect(makers.filter((name) => !/^(stores|features\/[a-z]+)\//.test(name))).toEqual([]);
    expect(makers.length).toBeGreaterThan(15);
  });
});
