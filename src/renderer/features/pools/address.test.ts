import { expect, it } from 'vitest';
import { toPoolUrl } from './address';

it.each([
  ['xcp1.lan', 'https://xcp1.lan'],
  [' 10.0.0.5:8443 ', 'https://10.0.0.5:8443'],
  ['https://xcp1.lan/', 'https://xcp1.lan'],
  ['[fe80::1]', 'https://[fe80::1]'],
  ['http://xcp1.lan', undefined],
  ['root:secret@xcp1.lan', undefined],
  ['a b', undefined],
  ['', undefined],
])('reads "%s" as %s', (typed, url) => expect(toPoolUrl(typed)).toBe(url));
