import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { parseManifest } from '../../src/main/engine/export/files/manifest-file';
import { safeName } from '../../src/main/engine/export/files/names';
import { Journal, loadJournals } from '../../src/main/engine/jobs/journal';
import { jobFromJournal } from '../../src/main/engine/jobs/job-state';
import { linkOf, parentPath } from '../../src/main/engine/library/chain';
import { scanLibrary } from '../../src/main/engine/library/scan';
import { verifyExport } from '../../src/main/engine/library/verify/verify';
import { MOST_DISK_BYTES } from '../../src/shared/blocks/disk-size';
import { FailureError } from '../../src/shared/model/failure';
import { unwrap } from '../../src/shared/model/result';
import { tempDir } from '../fixtures/temp-dir';
import { EVEN, growth } from '../fixtures/growth';

const RUNS = { numRuns: 400, seed: 20261123 };
const dir = tempDir();
afterAll(() => dir.remove());

const UUID = '6f1a2b3c-0000-4000-8000-000000000001';
const manifest = {
  deltascope: 1,
  id: UUID,
  createdAt: '2026-11-23T01:02:03.000Z',
  tool: { name: 'deltascope', version: '1.0.0' },
  pool: { uuid: UUID, name: 'pool' },
  vm: { uuid: UUID, name: 'vm' },
  disk: { uuid: UUID, name: 'disk', storage: 'shelf', device: '0' },
  snapshot: { uuid: UUID, takenAt: '2026-11-23T01:02:03.000Z' },
  sizeBytes: 1_048_576,
  mode: 'cbt',
  reason: 'a test',
  image: { file: 'a.vhd', format: 'vhd', fileBytes: 4096, uuid: UUID },
  parent: {
    manifestFile: 'b.json',
    id: UUID,
    snapshotUuid: UUID,
    imageFile: 'b.vhd',
    sha256: 'ab'.repeat(32),
  },
  bytes: { changed: 1, read: 1, written: 1, zero: 1, equal: 1 },
  checksums: { file: 'a.sums', algorithm: 'xxh64', blockBytes: 65_536, sha256: 'cd'.repeat(32) },
  timings: { startedAt: '', endedAt: '', copySeconds: 1 },
};

const nasty = fc.oneof(
  fc.constantFrom<unknown>(
    '../../etc/passwd',
    '/etc/passwd',
    '..',
    '.',
    '',
    'a\0b',
    'a/b',
    '..\\..\\x',
    'x'.repeat(256),
    '__proto__',
    -1,
    0,
    1e308,
    5 * 1024 ** 5,
    Number.MAX_SAFE_INTEGER + 2,
    2.5,
    null,
    true,
    [],
    {},
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Every place in a JSON value, as a path of keys. */
function placesIn(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [[...at]];
  return [[...at], ...Object.entries(value).flatMap(([key, inner]) => placesIn(inner, [...at, key]))];
}

function withChange(value: unknown, [key, ...rest]: readonly string[], change: unknown): unknown {
  if (key === undefined) return change;
  const copy = { ...(value as Record<string, unknown>) };
  if (rest.length === 0 && change === undefined) Reflect.deleteProperty(copy, key);
  else copy[key] = withChange(copy[key], rest, change);
  return copy;
}

const changed = <T>(value: T) =>
  fc
    .array(
      fc.tuple(fc.constantFrom(...placesIn(value).slice(1)), fc.option(nasty, { nil: undefined, freq: 6 })),
      { minLength: 1, maxLength: 2 },
    )
    .map((changes) =>
      changes.reduce<unknown>((now, [place, change]) => {
        try {
          return withChange(now, place, change);
        } catch {
          return now; // an earlier change took the place away
        }
      }, value),
    );

const damagedText = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length - 1), fc.integer({ min: 0, max: 255 })), { maxLength: 4 })
    .chain((spots) =>
      fc.nat(text.length).map((cut) => {
        const bytes = Buffer.from(text);
        for (const [at, byte] of spots) bytes[at] = byte;
        return bytes.subarray(0, spots.length % 2 === 0 ? bytes.length : cut);
      }),
    );

const inside = (folder: string, path: string): boolean =>
  !/[\\/]|^\.\.?$|^$/.test(relative(folder, resolve(path)));

test('a manifest is right, or refused by name; it never leads out of its folder', () => {
  const folder = join(dir.path, 'exports');
  const path = join(folder, 'm.json');
  fc.assert(
    fc.property(
      fc.oneof(
        changed(manifest).map((value) => JSON.stringify(value) ?? ''),
        damagedText(JSON.stringify(manifest)).map(String),
        fc.json(),
      ),
      (text) => {
        try {
          const link = linkOf(path, parseManifest(text, path));
          expect(inside(folder, link.imagePath)).toBe(true);
          expect(inside(folder, link.checksumsPath)).toBe(true);
          if (link.manifest.parent) expect(inside(folder, parentPath(link))).toBe(true);
          expect(link.manifest.sizeBytes).toBeLessThanOrEqual(MOST_DISK_BYTES);
        } catch (error) {
          expect(error).toBeInstanceOf(FailureError);
          expect((error as FailureError).failure.code).toMatch(/^manifest-(damaged|too-new)$/);
        }
      },
    ),
    RUNS,
  );
});

test('a folder of strange manifests is scanned and verified without surprises', async () => {
  let count = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          changed({ ...manifest, parent: { ...manifest.parent, manifestFile: 'm0.json' } }),
          changed({ ...manifest, image: { ...manifest.image, file: 'm1.json' } }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      async (manifests) => {
        const folder = join(dir.path, `scan-${count++}`);
        mkdirSync(folder);
        for (const [at, one] of manifests.entries())
          writeFileSync(join(folder, `m${at}.json`), JSON.stringify(one) ?? '');
        const before = readdirSync(folder);
        const { disks } = unwrap(await scanLibrary(folder));
        for (const { entries } of disks) {
          for (const entry of entries) {
            expect(entry.failure?.code).not.toBe('internal-error');
            const report = await verifyExport(entry.manifestPath, { chain: true });
            if (report.ok) {
              expect(report.value.sound).toBe(false);
              expect(JSON.stringify(report.value.faults)).not.toContain('unexpected error');
            } else expect(report.failure.code).not.toBe('internal-error');
          }
        }
        expect(readdirSync(folder)).toEqual(before);
        rmSync(folder, { recursive: true });
      },
    ),
    { numRuns: 60, seed: 20261123 },
  );
});

test('a damaged journal is set aside or read up to its damage; nothing in it is made up', async () => {
  const plan = {
    request: {
      poolId: UUID,
      diskUuids: [UUID],
      targetFolder: '/exports',
      format: 'vhd',
      mode: 'auto',
      base: 'auto',
      after: 'purge',
      skipUnchanged: true,
    },
    disks: [
      { diskUuid: UUID, diskName: 'd', sizeBytes: 1, mode: 'full', reason: 'r', targetFolder: '/exports' },
    ],
    findings: [],
    canStart: true,
    commandLine: 'deltascope export',
  };
  const job = {
    id: UUID,
    title: 't',
    request: plan.request,
    state: 'queued',
    createdAt: '2026-11-23T01:02:03.000Z',
    disks: [
      {
        diskUuid: UUID,
        diskName: 'd',
        mode: 'full',
        reason: 'r',
        phases: [{ name: 'copy', state: 'waiting' }],
      },
    ],
  };
  const folder = join(dir.path, 'jobs');
  const written = Journal.open(folder, UUID);
  written.write({ type: 'job', version: 1, job, plan } as never);
  written.write({ type: 'state', state: 'running' });
  written.write({ type: 'creating', diskUuids: [UUID], name: 'n' } as never);
  written.write({ type: 'state', state: 'done' });
  written.close();
  const path = join(folder, `${UUID}.jsonl`);
  const text = readFileSync(path, 'utf8');
  expect((await loadJournals(folder)).journals).toHaveLength(1);
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const strange = fc
    .tuple(fc.nat(lines.length - 1), nasty)
    .chain(([at]) =>
      changed(lines[at]).map((line) =>
        Buffer.from(lines.map((one, index) => `${JSON.stringify(index === at ? line : one)}\n`).join('')),
      ),
    );
  await fc.assert(
    fc.asyncProperty(fc.oneof(damagedText(text), strange), async (bytes) => {
      rmSync(folder, { recursive: true });
      mkdirSync(folder);
      writeFileSync(path, bytes);
      const { journals, setAside } = await loadJournals(folder);
      expect(journals.length + setAside.length).toBe(1);
      for (const { entries, jobId } of journals) {
        expect(jobId).toBe(UUID);
        expect(jobFromJournal(entries)?.state).toMatch(
          /^(queued|running|paused|done|failed|cancelled|interrupted)$/,
        );
      }
      for (const aside of setAside) expect(readFileSync(aside)).toEqual(bytes);
    }),
    RUNS,
  );
});

test('a name is one part of a path, short, and soon made', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.string()), (text) => {
      const name = safeName(text);
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(81);
      expect(name).toMatch(/^[^/\\\0<>:"|?*\s]+$/);
      expect(name).not.toMatch(/^\.|\.$/);
    }),
    RUNS,
  );
  expect(growth((size) => safeName(`${'-. '.repeat(size)}x`), 5000)).toBeLessThan(EVEN);
});
