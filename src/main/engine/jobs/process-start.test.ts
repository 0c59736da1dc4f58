import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { processStart } from './process-start';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-start-'));
  vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const standIn = (program: string, script: string): void =>
  writeFileSync(join(folder, program), `#!/bin/sh\n${script}\n`, { mode: 0o755 });

it('is the same whatever time zone and language the asking process has, where `ps` tells it', () => {
  standIn('ps', 'echo "$LC_ALL $LANG $TZ, $*"');
  vi.stubEnv('LANG', '');
  const tellings = ['America/New_York', 'Asia/Tokyo'].map((zone) => {
    vi.stubEnv('TZ', zone);
    vi.stubEnv('LC_ALL', zone);
    return processStart(process.pid, 'darwin');
  });
  expect(tellings).toEqual(Array(2).fill(`C  UTC, -o lstart= -p ${process.pid}`));
});

it('is asked of Windows in universal time', () => {
  standIn('powershell', 'echo "$*"');
  expect(processStart(process.pid, 'win32')).toBe(
    `-NoProfile -Command (Get-Process -Id ${process.pid}).StartTime.ToUniversalTime().Ticks`,
  );
});

it('is undefined of a process that is gone', () => {
  expect(processStart(2 ** 30)).toBeUndefined();
});
