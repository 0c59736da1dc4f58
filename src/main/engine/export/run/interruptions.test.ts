import { describe, expect, it } from 'vitest';
import { isInterruption } from './interruptions';

const failure = (code: string) => ({ code, message: '', nextStep: '' });
/** Whether it interrupts, before and after part of the disk has been copied. */
const kinds = (codes: readonly string[]) =>
  codes.map((code) => [code, isInterruption(failure(code), false), isInterruption(failure(code), true)]);

describe('what ends a disk for now, and not for good', () => {
  it.each([
    ['the pool is away', ['pool-unreachable', 'pool-disconnected', 'pool-not-connected', 'call-timeout']],
    ['the pool is busy with itself', ['pool-busy', 'pool-upgrading', 'not-the-master', 'task-gone']],
    ['its session is over', ['session-expired', 'login-failed', 'certificate-changed']],
    ['the target is away', ['file-vanished', 'target-folder-missing', 'target-read-only']],
    ['nothing can be written down', ['journal-not-written']],
    ['what was written down is lost', ['block-list-lost']],
  ])('%s: whether it has begun or not', (_, codes) => {
    expect(kinds(codes)).toEqual(codes.map((code) => [code, true, true]));
  });

  it.each([
    ['a host that restarts', ['host-offline', 'host-booting', 'host-disabled', 'nbd-unreachable']],
    ['a lost network', ['nbd-closed-mid-read', 'nbd-closed-in-handshake', 'nbd-timeout', 'nbd-tls-failed']],
    ['a disk that cannot be read now', ['nbd-read-error', 'storage-detached', 'disk-in-use']],
    ['a toolstack that restarts', ['pool-internal-error', 'xapi-error', 'unexpected-answer', 'object-gone']],
    ['a server that comes up', ['nbd-tls-refused', 'nbd-tls-required', 'nbd-protocol-error']],
    ['a storage in trouble', ['storage-error', 'disk-unavailable', 'disk-io-error', 'storage-full']],
    ['rights that were taken away', ['permission-denied']],
    ['a place over NBD that is taken', ['nbd-refused-before-greeting', 'nbd-export-refused']],
    ['NBD that was switched off', ['no-nbd-network', 'nbd-purposes-conflict']],
    ['a worker that keeps dying', ['copy-worker-died']],
    ['a full target', ['target-full', 'target-file-too-large']],
    ['a target in trouble', ['target-write-error', 'target-replaced']],
    ['a snapshot that a VM has', ['snapshot-attached']],
    ['a target that cannot be relied on', ['target-not-durable', 'too-many-open-files']],
    ['a name that somebody else took', ['target-exists']],
    ['a base that went', ['base-lost', 'image-read-error', 'image-block-damaged', 'parent-missing']],
    ['a stream that broke off', ['stream-truncated']],
    ['what nobody has thought of', ['internal-error', 'constructor', 'something-new']],
  ])('%s: once part of it has been copied', (_, codes) => {
    expect(kinds(codes)).toEqual(codes.map((code) => [code, false, true]));
  });

  it.each([
    ['it was asked for', ['cancelled', 'nbd-cancelled']],
    ['it is another disk', ['size-mismatch', 'nbd-size-changed', 'bad-bitmap', 'nbd-bad-range']],
    [
      'the snapshot is not what it was',
      ['resume-snapshot-gone', 'resume-snapshot-purged', 'resume-snapshot-changed', 'snapshot-changed'],
    ],
    ['the base cannot be its base', ['resume-base-changed', 'parent-larger']],
    ['somebody may stand in between', ['nbd-certificate-mismatch', 'nbd-certificate-untrusted']],
    ['what was written is not relied on', ['image-unsound']],
    ['the host says what we do not understand', ['stream-unexpected']],
  ])('never because %s', (_, codes) => {
    expect(kinds(codes)).toEqual(codes.map((code) => [code, false, false]));
  });
});
