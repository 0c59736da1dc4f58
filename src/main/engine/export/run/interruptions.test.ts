import { describe, expect, it } from 'vitest';
import { isInterruption } from './interruptions';

const failure = (code: string) => ({ code, message: '', nextStep: '' });

describe('what ends a disk for now, and not for good', () => {
  it.each([
    ['the pool is away', ['pool-unreachable', 'pool-disconnected', 'pool-not-connected', 'call-timeout']],
    ['the pool is busy with itself', ['pool-busy', 'pool-upgrading', 'not-the-master', 'task-gone']],
    ['its session is over', ['session-expired', 'login-failed']],
    ['nothing can be written down', ['journal-not-written']],
  ])('%s: whether it has begun or not', (_, codes) => {
    for (const code of codes)
      expect([code, isInterruption(failure(code), false), isInterruption(failure(code), true)]).toEqual([
        code,
        true,
        true,
      ]);
  });

  it.each([
    ['a host that restarts', ['host-offline', 'host-booting', 'host-disabled', 'nbd-unreachable']],
    ['a lost network', ['nbd-closed-mid-read', 'nbd-closed-in-handshake', 'nbd-timeout', 'nbd-tls-failed']],
    ['a disk that cannot be read now', ['nbd-read-error', 'storage-detached', 'disk-in-use']],
    ['a place over NBD that is taken', ['nbd-refused-before-greeting', 'nbd-export-refused']],
    ['NBD that was switched off', ['no-nbd-network']],
    ['a worker that keeps dying', ['copy-worker-died']],
    ['a full target', ['target-full']],
    ['a target that went', ['file-vanished', 'target-folder-missing', 'target-write-error']],
    ['a target that cannot be relied on', ['target-read-only', 'target-not-durable', 'too-many-open-files']],
    ['a base that went', ['base-lost', 'image-read-error']],
  ])('%s: once part of it has been copied', (_, codes) => {
    for (const code of codes)
      expect([code, isInterruption(failure(code), false), isInterruption(failure(code), true)]).toEqual([
        code,
        false,
        true,
      ]);
  });

  it.each([
    'cancelled',
    'size-mismatch',
    'nbd-certificate-mismatch',
    'resume-snapshot-gone',
    'image-block-damaged',
    'target-file-too-large',
    'internal-error',
    'constructor',
  ])('not %s', (code) => {
    expect(isInterruption(failure(code), true)).toBe(false);
  });
});
