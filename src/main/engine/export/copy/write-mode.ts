import type { WriteMode } from '../../image/types';
import type { SourceSpec } from './request';

/** Decrypting fills one core, so with TLS the writing is left to other threads. */
export function writeModeFor(source: SourceSpec): WriteMode {
  const isEncrypted = source.kind === 'nbd' && source.targets.some(({ tls }) => tls.mode !== 'none');
  return isEncrypted ? 'parallel' : 'auto';
}
