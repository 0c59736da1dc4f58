import { expect, it } from 'vitest';
import { isStartOf, ourTasks, taskNameFor } from './our-tasks';

const JOB = '0badcafe-0000-4000-8000-000000000000';

it('tasks are ours by the name that we gave them, and no others', () => {
  const names = [
    taskNameFor(JOB, 'system, data'),
    taskNameFor(JOB, 'x'.repeat(1000)),
    'Async.VM.snapshot',
    'Deltascope',
    'Deltascope: backup of system',
    'Deltascope 0badcafe',
    'Backup Deltascope 0badcafe: system',
    'Deltascope 0BADCAFE: system',
    'Deltascope 0badcafe0: system',
  ];
  const tasks = names.map((name, at) => [
    `ref${at}`,
    { uuid: `task${at}`, name_label: name, created: '2026-01-01T00:00:00.000Z' },
  ]);
  const found = ourTasks(Object.fromEntries(tasks) as Parameters<typeof ourTasks>[0]);
  expect(found.map(({ uuid, jobId }) => [uuid, jobId])).toEqual([
    ['task0', '0badcafe'],
    ['task1', '0badcafe'],
  ]);
  expect([isStartOf('0badcafe', JOB), isStartOf('0badcaff', JOB)]).toEqual([true, false]);
});
