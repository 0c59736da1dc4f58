import { CONTEXT_KEYS, type ContextKey } from './context-keys';
import type { ContextLookup } from './when';

const TEST = /(!)?([A-Za-z_][\w.]*)(?:\s*==\s*'([^']*)')?|'[^']*'/g;

/**
 * Says, for a `when` clause that does not hold, what is missing first: the right object to act on, else the first of
 * its conditions that is not met. A sentence.
 */
export function unmetWords(when: string, lookup: ContextLookup): string {
  const tests = [...when.matchAll(TEST)].filter(([, , key]) => key !== undefined && key in CONTEXT_KEYS);
  const kinds = [...new Set(tests.flatMap(([, , key, value]) => (key === 'object.kind' ? value : [])))];
  if (kinds.length > 0 && !kinds.includes(String(lookup('object.kind'))))
    return `Select a ${kinds.map((kind) => (kind === 'vm' ? 'VM' : kind)).join(' or a ')} first.`;
  for (const [, not, key, wanted] of tests) {
    if (key === 'object.kind') continue;
    const { says } = CONTEXT_KEYS[key as ContextKey];
    const value = lookup(key);
    if (wanted !== undefined) {
      if (value !== wanted) return `It can be done once this is “${wanted}”: ${says}.`;
    } else if (not !== undefined) {
      if (value) return `It cannot be done while ${says}.`;
    } else if (!value) return `It can be done once ${says}.`;
  }
  return 'It can be done later.';
}
