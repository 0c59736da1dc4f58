import type { Job } from '../../../shared/model/job';
import { formatRate } from '../../platform/format';
import { jobRef, toObjectRef } from '../../platform/object-ref';
import type { Services } from '../../workbench/services';
import { htmlReport } from './report-html';
import { jsonReport } from './report-json';

const MIB = 1024 * 1024;
const LIMITS = [10, 25, 50, 100, 250, 500];

/** Everything that can be done with a job. */
export function registerJobCommands(services: Services): void {
  const {
    commands,
    engine,
    editors,
    jobs,
    jobLog,
    dialogs,
    quickInput,
    registries,
    selection,
    notifications,
  } = services;
  const category = 'Job';

  /** The job of the argument or of what is selected; the only active one; else the user is told. */
  const withJob = (argument: unknown, act: (job: Job) => void | Promise<void>): void | Promise<void> => {
    const ref = toObjectRef(argument) ?? selection.object();
    const job = ref?.kind === 'job' ? jobs.byId(ref.uuid) : undefined;
    if (job !== undefined) return act(job);
    notifications.add({ severity: 'info', message: 'Select a job first.' });
  };
  const send = (name: 'jobs.pause' | 'jobs.resume') => (argument: unknown) =>
    withJob(argument, async ({ id }) => {
      await engine.ask(name, { jobId: id });
    });

  /** What an unfinished export has read and snapshotted is lost with it. */
  const confirmLoss = (title: string, action: string): Promise<boolean> =>
    dialogs.confirm({
      title,
      message:
        'What was written so far is deleted, and the snapshot that was made for it is removed from the pool.',
      action,
      danger: true,
    });

  const cancel = async ({ id, title }: Job): Promise<void> => {
    if (await confirmLoss(`Cancel “${title}”?`, 'Cancel export'))
      await engine.ask('jobs.cancel', { jobId: id });
  };

  const remove = async ({ id, title, state }: Job): Promise<void> => {
    // One that was interrupted could still go on; removing it cancels it.
    if (state === 'interrupted' && !(await confirmLoss(`Cancel and remove “${title}”?`, 'Cancel and remove')))
      return;
    await engine.ask('jobs.remove', { jobId: id });
  };

  const setLimit = ({ id, title }: Job): void => {
    const choose = (bytesPerSecond: number | undefined) => () =>
      void engine.ask('jobs.setLimit', {
        jobId: id,
        ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      });
    quickInput.pick({
      title: `Rate limit of “${title}”`,
      placeholder: 'Choose a limit',
      items: [
        { id: 'none', label: 'No limit', icon: 'dashboard', run: choose(undefined) },
        ...LIMITS.map((mib) => ({
          id: String(mib),
          label: formatRate(mib * MIB),
          icon: 'dashboard',
          run: choose(mib * MIB),
        })),
      ],
    });
  };

  const save = async (job: Job, kind: 'json' | 'html'): Promise<void> => {
    const log = await engine.request('jobs.log', { jobId: job.id });
    if (log.ok) jobLog.load(job.id, log.value);
    const entries = jobLog.getState().entries.filter(({ jobId }) => jobId === job.id);
    const text = kind === 'json' ? jsonReport(job, entries) : htmlReport(job, entries);
    const suggestedName = `${job.title.replace(/[^\p{L}\p{N}._-]+/gu, '-')}.${kind}`;
    const saved = await engine.ask('dialog.saveFile', {
      suggestedName,
      kind,
      content: new TextEncoder().encode(text),
    });
    if (saved?.value !== undefined) {
      notifications.add({
        severity: 'success',
        toast: false,
        message: `The report was saved as ${saved.value}.`,
      });
    }
  };

  const onJob = "object.kind == 'job'";
  commands.register(
    {
      id: 'job.open',
      title: 'Open Job',
      category,
      icon: 'go-to-file',
      when: onJob,
      run: (argument) => withJob(argument, ({ id }) => editors.open({ type: 'job', params: { id } })),
    },
    {
      id: 'job.cancel',
      title: 'Cancel…',
      category,
      icon: 'debug-stop',
      when: `${onJob} && (job.active || job.state == 'interrupted')`,
      run: (argument) => withJob(argument, cancel),
    },
    {
      id: 'job.pause',
      title: 'Pause',
      category,
      icon: 'debug-pause',
      when: `${onJob} && job.state == 'running'`,
      run: send('jobs.pause'),
    },
    {
      id: 'job.resume',
      title: 'Resume',
      category,
      icon: 'debug-start',
      when: `${onJob} && (job.state == 'paused' || job.state == 'interrupted')`,
      run: send('jobs.resume'),
    },
    {
      id: 'job.setLimit',
      title: 'Limit the Rate…',
      category,
      icon: 'dashboard',
      when: `${onJob} && job.active`,
      run: (argument) => withJob(argument, setLimit),
    },
    {
      id: 'job.remove',
      title: 'Remove from the List',
      category,
      icon: 'trash',
      when: `${onJob} && !job.active`,
      run: (argument) => withJob(argument, remove),
    },
    {
      id: 'job.saveJson',
      title: 'Save Report as JSON…',
      category,
      icon: 'json',
      when: onJob,
      run: (argument) => withJob(argument, (job) => save(job, 'json')),
    },
    {
      id: 'job.saveHtml',
      title: 'Save Report as HTML…',
      category,
      icon: 'save',
      when: onJob,
      run: (argument) => withJob(argument, (job) => save(job, 'html')),
    },
    {
      id: 'job.goTo',
      title: 'Go to Job…',
      category: 'Go',
      icon: 'tasklist',
      run: () =>
        quickInput.pick({
          title: 'Go to a job',
          placeholder: 'Type the name of a job',
          items: jobs.getState().order.flatMap((id) => {
            const job = jobs.byId(id);
            if (job === undefined) return [];
            return {
              id,
              label: job.title,
              description: job.state,
              icon: 'tasklist',
              run: () => void commands.run('job.open', jobRef(id)),
            };
          }),
        }),
    },
  );
  for (const [index, command] of [
    'job.open',
    'job.pause',
    'job.resume',
    'job.setLimit',
    'job.cancel',
  ].entries()) {
    registries.menus.register({
      id: `job/${command}`,
      menu: 'job',
      command,
      group: index === 0 ? '1' : '2',
      order: index,
    });
  }
  registries.menus.register(
    { id: 'job/saveJson', menu: 'job', command: 'job.saveJson', group: '3' },
    { id: 'job/saveHtml', menu: 'job', command: 'job.saveHtml', group: '3' },
    { id: 'job/remove', menu: 'job', command: 'job.remove', group: '4' },
  );
}
