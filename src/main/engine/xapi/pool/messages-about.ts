import type { RecordCache } from './record-cache';
import type { RecordOf } from './records';

/** Oldest first. */
export const messagesAbout = (cache: RecordCache, uuid: string): RecordOf<'message'>[] =>
  [...cache.messagesAbout.to(uuid)]
    .flatMap((ref) => cache.get('message', ref) ?? [])
    .sort((a, b) => a.timestamp.localeCompare(b.timestamp));
