import { expect, it } from 'vitest';
import { requestFor } from '../../shared/model/export-request.fixture';
import type { Job } from '../../shared/model/job';
import type { LibraryOperation, LibraryRequest } from '../../shared/model/library-operation';
import { closeQuestion } from './close-question';

const job: Job = {
  id: 'j',
  title: 'Export of web-01',
  request: requestFor('d'),
  state: 'running',
  createdAt: '2026-01-01T00:00:00Z',
  disks: [],
};
const operation = (request: LibraryRequest): LibraryOperation => ({
  id: 'o',
  request,
  state: request.kind === 'serve' ? 'serving' : 'running',
  step: request.kind === 'serve' ? 'serving' : 'sending',
  doneBytes: 0,
  totalBytes: 0,
  startedAt: '2026-01-01T00:00:00Z',
});
const restore = operation({
  kind: 'restore',
  manifestPath: '/x.json',
  poolId: 'p',
  storageUuid: 's',
  prove: true,
});
const serve = operation({ kind: 'serve', manifestPath: '/x.json' });
const answersOf = (question: ReturnType<typeof closeQuestion>) =>
  question?.answers.map(({ answer }) => answer);

it('asks nothing when nothing runs', () => expect(closeQuestion([], [])).toBeUndefined());

it('names the export that runs, and offers to resume it later', () => {
  const question = closeQuestion([job], []);
  expect(question?.message).toBe('“Export of web-01” is running.');
  expect(answersOf(question)).toEqual(['cancel', 'stay', 'later']);
});

it('says that a restore is undone, and offers nothing that cannot be had', () => {
  const question = closeQuestion([], [restore]);
  expect(question?.message).toBe('The restore of a disk is running.');
  expect(question?.detail).toBe('A restore cannot be resumed: the unfinished disk is removed from the pool.');
  expect(answersOf(question)).toEqual(['cancel', 'stay']);
});

it('says what becomes of each when several kinds of work run', () => {
  const question = closeQuestion([job], [restore, serve, serve]);
  expect(question?.message).toBe('4 tasks are running.');
  for (const word of ['can be resumed when', 'removed from the pool', 'loses the connection'])
    expect(question?.detail).toContain(word);
  expect(question?.detail.match(/loses the connection/g)).toHaveLength(1);
  expect(answersOf(question)).toEqual(['cancel', 'stay', 'later']);
});
