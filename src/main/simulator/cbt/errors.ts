import { storageError, type XapiError } from '../rpc/xapi-error';

/** The two errors of list_changed_blocks, worded as the storage manager words them. Source: xapi-project/sm libs/sm/VDI.py. */
export const unrelated = (detail: string): XapiError =>
  storageError(460, 'Failed to calculate changed blocks for given VDIs', detail);
export const inconsistent = (): XapiError =>
  storageError(459, 'Changed block tracking log is in an inconsistent state', 'Inconsistent bitmaps');
