import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { unwrap } from '../../../shared/model/result';
import { scanLibrary } from './scan';

const folder = mkdtempSync(join(tmpdir(), 'deltascope-scan-'));
afterAll(() => rmSync(folder, { recursive: true }));

// Root may read everything, so that a mode alone would not do.
vi.mock('node:fs/promises', async (original) => {
  const real = await original<{ readdir: (...words: unknown[]) => Promise<unknown> }>();
  const refused = (path: string) =>
    Object.assign(new Error(`EACCES: ${path}`), { code: 'EACCES', errno: -13, syscall: 'scandir' });
  const readdir = (path: string, options: unknown) =>
    /closed$|lost\+found$/.test(path) ? Promise.reject(refused(path)) : real.readdir(path, options);
  return { ...real, readdir };
});

it('a folder below that cannot be read is a problem, and the rest is found', async () => {
  for (const name of ['closed', 'lost+found', 'open']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'open', 'a.json'), '{ "deltascope": 1 }');
  const { problems } = unwrap(await scanLibrary(folder));
  expect(problems).toMatchObject([
    { path: join(folder, 'closed'), failure: { message: expect.stringContaining(join(folder, 'closed')) } },
    { path: join(folder, 'open', 'a.json'), failure: { code: 'manifest-damaged' } },
  ]);
  expect(problems[0].failure.code).not.toBe('internal-error');
});

it('the folder itself must be readable', async () => {
  expect((await scanLibrary(join(folder, 'closed'))).ok).toBe(false);
});

it('an export whose manifest is gone or is none any more is a problem; what is unfinished or of others is none', async () => {
  const place = join(folder, 'open', 'disk');
  mkdirSync(place);
  const put = (name: string, text = ''): void => writeFileSync(join(place, name), text);
  for (const second of [1, 2, 3, 4]) put(`20260101T00000${second}Z-inc.sums`);
  put('20260101T000001Z-inc.json');
  put('20260101T000002Z-inc.json', '{ "deltascope": 1, "id": ');
  put('20260101T000004Z-inc.json.partial');
  put('20260101T000005Z-full-2.json', '{}');
  put('20260101T000006Z-full.json', ' '.repeat(2 * 1024 * 1024));
  put('other.json', '{ "deltascope": ');
  put('other.sums');
  const { problems } = unwrap(await scanLibrary(place));
  expect(problems.map(({ path, failure }) => [path.replace(place, '').slice(1), failure.code])).toEqual([
    ['20260101T000001Z-inc.json', 'manifest-damaged'],
    ['20260101T000002Z-inc.json', 'manifest-damaged'],
    ['20260101T000003Z-inc.sums', 'manifest-missing'],
    ['20260101T000005Z-full-2.json', 'manifest-damaged'],
    ['20260101T000006Z-full.json', 'manifest-damaged'],
  ]);
});

it('links are followed, once each, and one that leads nowhere is a problem', async () => {
  const [place, elsewhere] = ['links', 'elsewhere'].map((name) => join(folder, name));
  for (const path of [place, elsewhere, join(place, 'disk')]) mkdirSync(path);
  writeFileSync(join(elsewhere, '20260101T000001Z-full.json'), '{}');
  symlinkSync(elsewhere, join(place, 'moved'));
  symlinkSync(elsewhere, join(place, 'moved-too'));
  symlinkSync(place, join(place, 'circle'));
  symlinkSync(
    join(elsewhere, '20260101T000001Z-full.json'),
    join(place, 'disk', '20260101T000002Z-full.json'),
  );
  symlinkSync(join(folder, 'away'), join(place, 'unplugged'));
  const { problems, tooDeep } = unwrap(await scanLibrary(place));
  expect(problems.map(({ path, failure }) => [path.replace(place, ''), failure.code])).toEqual([
    ['/disk/20260101T000002Z-full.json', 'manifest-damaged'],
    ['/unplugged', 'link-leads-nowhere'],
    ['/moved/20260101T000001Z-full.json', 'manifest-damaged'],
  ]);
  expect(tooDeep).toBeUndefined();
});

it('a link from deep down hides nothing of what lies higher', async () => {
  const place = join(folder, 'both');
  mkdirSync(join(place, 'a', 'b', 'c'), { recursive: true });
  mkdirSync(join(place, 'z', 'disk'), { recursive: true });
  writeFileSync(join(place, 'z', 'disk', '20260101T000001Z-full.json'), '{}');
  symlinkSync(join(place, 'z'), join(place, 'a', 'b', 'z'));
  const { problems } = unwrap(await scanLibrary(place));
  expect(problems.map(({ path }) => path)).toEqual([join(place, 'z', 'disk', '20260101T000001Z-full.json')]);
});

it('what lies too deep is said', async () => {
  const place = join(folder, 'deep');
  mkdirSync(join(place, '1', '2', '3', '4'), { recursive: true });
  expect(unwrap(await scanLibrary(place)).tooDeep).toBe(join(place, '1', '2', '3', '4'));
});
