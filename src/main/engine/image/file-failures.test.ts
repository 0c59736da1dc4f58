import { describe, expect, it } from 'vitest';
import { FailureError, toFailure } from '../../../shared/model/failure';
import { mapFileError, type FileAction } from './file-failures';
import { OutputFile } from './output-file';

const systemError = (code: string): Error => Object.assign(new Error(code), { code, syscall: 'write' });

describe('a system error', () => {
  it.each<[string, FileAction, string]>([
    ['ENOENT', 'read', 'image-not-found'],
    ['ENOENT', 'write', 'target-folder-missing'],
    ['EACCES', 'read', 'image-not-readable'],
    ['EACCES', 'write', 'target-read-only'],
    ['EROFS', 'write', 'target-read-only'],
    ['EEXIST', 'write', 'target-exists'],
    ['ENOSPC', 'write', 'target-full'],
    ['EDQUOT', 'write', 'target-full'],
    ['EFBIG', 'write', 'target-file-too-large'],
    ['ENODEV', 'write', 'file-vanished'],
    ['EIO', 'read', 'image-read-error'],
    ['EIO', 'write', 'target-write-error'],
  ])('%s on %s becomes %s, with a next step', (code, action, expected) => {
    const mapped = mapFileError(systemError(code), '/exports/disk.vhd', action);
    expect(mapped).toBeInstanceOf(FailureError);
    const failure = toFailure(mapped);
    expect(failure.code).toBe(expected);
    expect(failure.message).toContain('/exports/disk.vhd');
    expect(failure.nextStep).not.toBe('');
    expect(failure.details).toContain(code);
  });

  it('is not made of failures and bugs', () => {
    const bug = new TypeError('x is not a function');
    expect(mapFileError(bug, '/a')).toBe(bug);
    const failure = new FailureError({ code: 'a', message: 'b', nextStep: 'c' });
    expect(mapFileError(failure, '/a')).toBe(failure);
  });
});

describe.skipIf(process.platform !== 'linux')('a full device', () => {
  it.each(['auto', 'sync', 'parallel'] as const)('is reported by %s writes', async (mode) => {
    const file = await OutputFile.reopen('/dev/full', mode);
    const write = async (): Promise<void> => file.write(Buffer.alloc(512), 0, 512, 0);
    await expect(write()).rejects.toMatchObject({ failure: { code: 'target-full' } });
    await file.close();
  });
});
