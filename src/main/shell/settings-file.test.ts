import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { settingsSchema } from '../../shared/model/settings';
import { SettingsFile } from './settings-file';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-settings-'));
  path = join(folder, 'settings.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const defaults = settingsSchema.parse({});
const good = { ...defaults, theme: 'light', limitBytesPerSecond: 1024, defaultFolder: '/exports' } as const;
const put = (content: unknown): string => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(path, text);
  return text;
};

it('reads what was written, and the defaults before that', () => {
  const file = new SettingsFile(path);
  expect(file.read()).toEqual({ settings: defaults });
  file.write(good);
  expect(file.read()).toEqual({ settings: good });
  expect(existsSync(`${path}.damaged`)).toBe(false);
});

it('sets a bad field to its default, keeps all others, names it, and keeps the file', () => {
  const text = put({ ...good, heatmapColours: 'rainbow' });
  const { settings, damage } = new SettingsFile(path).read();
  expect(settings).toEqual(good);
  expect(damage?.message).toContain('“heatmapColours”');
  expect(damage?.message).not.toContain('theme');
  expect(damage?.nextStep).toContain(`${path}.damaged`);
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
});

it('names all fields that are bad, whatever is in them', () => {
  put({ ...good, connectionsPerDisk: 17, afterExport: null, defaultFormat: { vhd: true } });
  const { settings, damage } = new SettingsFile(path).read();
  expect(settings).toEqual(good);
  for (const name of ['connectionsPerDisk', 'afterExport', 'defaultFormat'])
    expect(damage?.message).toContain(`“${name}”`);
});

it.each(['{"theme": "dark"', 'null', '[]', '""'])('has all defaults when the file holds %s', (content) => {
  put(content);
  const { settings, damage } = new SettingsFile(path).read();
  expect(settings).toEqual(defaults);
  expect(damage?.message).toContain('all of them');
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(content);
});

it('keeps the damaged file when it is written before anybody read it, and is whole from then on', () => {
  const text = put({ theme: 7 });
  const file = new SettingsFile(path);
  file.write(good);
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
  expect(file.read()).toEqual({ settings: good });
});
