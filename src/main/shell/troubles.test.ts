import { expect, it } from 'vitest';
import type { Failure } from '../../shared/model/failure';
import { Troubles } from './troubles';

it('tells at once, and once more whoever could not hear it yet', () => {
  const told: Failure[] = [];
  const troubles = new Troubles((failure) => told.push(failure));
  const failure = { code: 'demo-pool-start-failed', message: 'It failed.', nextStep: 'Look.' };
  troubles.add(failure);
  expect(told).toEqual([failure]);
  expect(troubles.take()).toEqual([failure]);
  expect(troubles.take()).toEqual([]);
});
