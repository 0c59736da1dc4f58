import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingCall, LostAnswers } from './lost-answers.fixture';
import { moveToNew } from './move-to-new';

let folder = '';
let from = '';
let to = '';
const calls = new LostAnswers();
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deltascope-move-'));
  from = join(folder, 'a.raw.partial');
  to = join(folder, 'a.raw');
  writeFileSync(from, 'ours');
});
afterEach(() => {
  calls.end();
  rmSync(folder, { recursive: true });
});

const demandMoved = (): void => {
  expect(readdirSync(folder)).toEqual(['a.raw']);
  expect(readFileSync(to, 'utf8')).toBe('ours');
};
const refuse = (code: string) => (): Promise<never> => Promise.reject(failingCall(code));

describe('a call that is done, and whose answer is lost', () => {
  it.each(['EEXIST', 'EIO', 'ETIMEDOUT'])('the second name: %s', async (code) => {
    calls.lose('link', to, code);
    await moveToNew(from, to);
    expect(calls.lost).toBe(1);
    demandMoved();
  });

  it.each(['ENOENT', 'EIO'])('removing the old name: %s', async (code) => {
    calls.lose('unlink', from, code);
    await moveToNew(from, to);
    expect(calls.lost).toBe(1);
    demandMoved();
  });

  it.each(['ENOENT', 'EIO'])('the rename, where there are no hard links: %s', async (code) => {
    calls.replace('link', refuse('EPERM'));
    calls.lose('rename', to, code);
    await moveToNew(from, to);
    expect(calls.lost).toBe(1);
    demandMoved();
  });
});

describe('when it fails, the old name is all there is', () => {
  it.each(['unlink', 'rename'] as const)('%s', async (call) => {
    if (call === 'rename') calls.replace('link', refuse('EPERM'));
    calls.replace(call, refuse('EIO'));
    await expect(moveToNew(from, to)).rejects.toThrow('EIO');
    expect(readdirSync(folder)).toEqual(['a.raw.partial']);
    expect(readFileSync(from, 'utf8')).toBe('ours');
  });

  it.each(['link', 'none'])('a file of somebody else stays (%s)', async (links) => {
    writeFileSync(to, 'theirs');
    if (links === 'none') calls.replace('link', refuse('EPERM'));
    await expect(moveToNew(from, to)).rejects.toThrow('EEXIST');
    expect(readFileSync(to, 'utf8')).toBe('theirs');
    expect(existsSync(from)).toBe(true);
  });

  it('somebody’s link to our file is not its name', async () => {
    symlinkSync(from, to);
    await expect(moveToNew(from, to)).rejects.toThrow('EEXIST');
    expect(readFileSync(from, 'utf8')).toBe('ours');
  });
});
