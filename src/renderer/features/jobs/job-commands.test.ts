// @vitest-environment happy-dom
import { beforeEach, expect, it } from 'vitest';
import type { Bridge } from '../../../shared/contract/bridge';
import { requestFor } from '../../../shared/model/export-request.fixture';
import type { Job, JobState } from '../../../shared/model/job';
import { ok } from '../../../shared/model/result';
import { jobRef } from '../../platform/object-ref';
import { createServices, type Services } from '../../workbench/services';
import { registerJobCommands } from './job-commands';

const asked: [name: string, input: unknown][] = [];
/** The border to the main process. */
const bridge: Bridge = {
  request: (name, input) => {
    asked.push([name, input]);
    return Promise.resolve(ok(undefined as never));
  },
  on: () => () => undefined,
};
let services: Services;

beforeEach(() => {
  asked.length = 0;
  services = createServices(bridge, 'linux');
  registerJobCommands(services);
});

const job = (state: JobState): Job => ({
  id: 'j',
  title: 'Export of web-01',
  request: requestFor('d'),
  state,
  createdAt: '2026-01-01T00:00:00Z',
  disks: [],
});

/** Runs the command, and answers the question that it asks, if any. */
async function remove(state: JobState, answer: boolean): Promise<string | undefined> {
  services.jobs.put(job(state));
  const done = services.commands.run('job.remove', jobRef('j'));
  const { open } = services.dialogs.getState();
  if (open?.kind === 'confirm') open.answer(answer);
  await done;
  return open?.kind === 'confirm' ? open.title : undefined;
}

it('removing an interrupted job asks first, since its snapshot and what was read so far go with it', async () => {
  expect(await remove('interrupted', false)).toContain('Export of web-01');
  expect(asked).toEqual([]);
  expect(await remove('interrupted', true)).toContain('Export of web-01');
  expect(asked).toEqual([['jobs.remove', { jobId: 'j' }]]);
});

it.each(['done', 'failed', 'cancelled'] as const)('removing a job that is %s asks nothing', async (state) => {
  expect(await remove(state, false)).toBeUndefined();
  expect(asked).toEqual([['jobs.remove', { jobId: 'j' }]]);
});
