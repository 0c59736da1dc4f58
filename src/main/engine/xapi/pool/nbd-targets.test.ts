import { expect, it } from 'vitest';
import { nbdTargets } from './nbd-targets';
import { RecordCache } from './record-cache';

const ASKED = '91552a88-beb2-4f0d-9ad9-8e165cc1a2a3';
const OTHER = 'd19cb496-706c-4261-a768-4c5f5a0c9d11';
const answer = (...names: string[]) =>
  nbdTargets(
    names.map((exportname) => ({ exportname, address: '10.0.0.1', port: 10809, cert: '' })),
    ASKED,
    'secure',
    new RecordCache(),
  );

it.each([
  `/${ASKED}?session_id=OpaqueRef:1`,
  `/${ASKED.toUpperCase()}?session_id=OpaqueRef:1`,
  '/a-new-form',
])('the disk that was asked for, as far as the name says so: %s', (name) => {
  expect(answer(name)).toMatchObject({ ok: true, value: [{ exportName: name }] });
});

it('a name of another disk is not read from, and not told with its session', () => {
  const answered = answer(`/${ASKED}?session_id=OpaqueRef:1`, `/${OTHER}?session_id=OpaqueRef:secret`);
  expect(answered).toMatchObject({ ok: false, failure: { code: 'nbd-other-disk' } });
  expect(JSON.stringify(answered)).toContain(OTHER);
  expect(JSON.stringify(answered)).not.toContain('secret');
});
