import type { Failure } from '../../../../shared/model/failure';
import { JOURNAL_NOT_WRITTEN } from '../../jobs/home-failures';

/**
 * Failures that pass, or that the admin can put right: the disk's files and snapshot are kept, and the job can be
 * resumed. `always`: the pool itself is away, so nothing could be cleaned anyway, or what is done cannot be written down.
 * `once-begun`: only when part of the disk has been copied; before that there is nothing worth keeping.
 */
const INTERRUPTIONS: Readonly<Record<string, 'always' | 'once-begun'>> = {
  'pool-unreachable': 'always',
  'pool-disconnected': 'always',
  'pool-not-connected': 'always',
  'pool-busy': 'always',
  'pool-upgrading': 'always',
  'call-timeout': 'always',
  'not-the-master': 'always',
  'session-expired': 'always',
  'login-failed': 'always',
  'task-gone': 'always',
  [JOURNAL_NOT_WRITTEN]: 'always',
  'host-offline': 'once-begun',
  'host-booting': 'once-begun',
  'host-disabled': 'once-begun',
  'no-nbd-network': 'once-begun',
  'storage-detached': 'once-begun',
  'disk-in-use': 'once-begun',
  'nbd-unreachable': 'once-begun',
  'nbd-refused-before-greeting': 'once-begun',
  'nbd-export-refused': 'once-begun',
  'nbd-tls-failed': 'once-begun',
  'nbd-closed-in-handshake': 'once-begun',
  'nbd-closed-mid-read': 'once-begun',
  'nbd-read-error': 'once-begun',
  'nbd-timeout': 'once-begun',
  'copy-worker-died': 'once-begun',
  'target-full': 'once-begun',
  'target-read-only': 'once-begun',
  'target-folder-missing': 'once-begun',
  'target-write-error': 'once-begun',
  'target-not-durable': 'once-begun',
  'file-vanished': 'once-begun',
  // The base on a drive that was pulled out.
  'image-read-error': 'once-begun',
  'base-lost': 'once-begun',
  'too-many-open-files': 'once-begun',
};

/** Whether the disk can go on later, from where it was. @param begun part of it has been copied. */
export function isInterruption({ code }: Failure, begun: boolean): boolean {
  const kind = Object.hasOwn(INTERRUPTIONS, code) ? INTERRUPTIONS[code] : undefined;
  return kind === 'always' || (kind === 'once-begun' && begun);
}
