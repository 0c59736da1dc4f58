import { describe, expect, it } from 'vitest';
import { formatLink, parseLink } from './link';

const uuid = 'd19cb496-706c-4261-a768-4c93a1f7a4d1';

describe('links', () => {
  it('come back from their text', () => {
    for (const kind of ['pool', 'vm', 'disk', 'snapshot'] as const)
      expect(parseLink(formatLink({ kind, uuid }))).toEqual({ kind, uuid });
    expect(parseLink(`DELTASCOPE://Disk/${uuid.toUpperCase()}/`)).toEqual({ kind: 'disk', uuid });
  });

  it.each([
    '',
    'deltascope://',
    `deltascope://disk/${uuid}?run=job.cancel`,
    `deltascope://disk/${uuid}/..`,
    `deltascope://job/${uuid}`,
    `https://disk/${uuid}`,
    'deltascope://disk/------------------------------------',
  ])('take nothing else: %s', (text) => expect(parseLink(text)).toBeUndefined());
});
