import { expect, it } from 'vitest';
import { fail } from '../../../../shared/model/failure';
import { closeAll } from './close-all';

it('closes everything, the last opened first, although some of it fails', async () => {
  const closed: string[] = [];
  const failing = (code: string) => () => {
    closed.push(code);
    fail({ code, message: 'm', nextStep: 'n' });
  };
  const failures = await closeAll([
    () => void closed.push('first'),
    failing('second'),
    () => Promise.resolve(void closed.push('third')),
    failing('fourth'),
  ]);
  expect(closed).toEqual(['fourth', 'third', 'second', 'first']);
  expect(failures.map(({ code }) => code)).toEqual(['fourth', 'second']);
});
