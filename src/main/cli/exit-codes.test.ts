import { expect, it } from 'vitest';
import { exitCodeOfJob } from './exit-codes';

const failed = (code: string) => ({
  state: 'failed' as const,
  failure: { code, message: 'It failed.', nextStep: 'Look.' },
});

it.each([
  [{ state: 'done' as const }, 'done', 0],
  [{ state: 'cancelled' as const }, 'cancelled', 0],
  [{ state: 'cancelled' as const }, 'done', 1],
  [failed('target-full'), 'done', 1],
  [failed('mode-not-possible'), 'done', 3],
  [failed('certificate-changed'), 'done', 4],
  [failed('login-failed'), 'cancelled', 4],
] as const)('a job that ended as %o, and should have been %s, has the exit code %i', (job, wanted, code) => {
  expect(exitCodeOfJob(job, wanted)).toBe(code);
});
