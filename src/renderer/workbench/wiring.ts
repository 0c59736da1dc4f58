import { combine, toDisposable, type Disposable } from '../platform/disposable';
import type { Pool } from '../../shared/model/inventory';
import type { Job } from '../../shared/model/job';
import type { Failure } from '../../shared/model/failure';
import { jobRef, poolRef } from '../platform/object-ref';
import { isActive } from '../stores/jobs';
import { objectContext } from './object-context';
import { runFromMenu } from './run-from-menu';
import type { Services } from './services';
import { announceTrackingLosses } from './tracking-losses';

const FINDINGS_DELAY = 600;

/** Carries what the main process says into the stores. Stores tell components; nothing here steers anything. */
export function wireEngine(services: Services): Disposable {
  const { engine, pools, inventory, jobs, jobLog, layout, libraryOperations, problems } = services;
  const timers = new Map<string, ReturnType<typeof setTimeout>>();

  const refreshFindings = async (poolId: string): Promise<void> => {
    problems.loading(poolId);
    const result = await engine.request('findings.get', { poolId });
    if (result.ok) problems.known(poolId, result.value);
    else problems.failed(poolId, result.failure);
  };
  const findingsSoon = (poolId: string): void => {
    clearTimeout(timers.get(poolId));
    timers.set(
      poolId,
      setTimeout(() => void refreshFindings(poolId), FINDINGS_DELAY),
    );
  };
  const loadInventory = async (poolId: string): Promise<void> => {
    const result = await engine.request('inventory.get', { poolId });
    if (result.ok) inventory.load(poolId, result.value);
    else inventory.failed(poolId, result.failure);
    if (result.ok) findingsSoon(poolId);
  };

  /** Whoever has only one pool, and has opened nothing yet, wants to see what is in it. */
  const expandFirst = ({ id }: Pool): void => {
    if (layout.getState().expanded.length === 0) layout.setState({ expanded: [`pool:${id}`] });
  };
  const connected = new Set<string>();
  const follow = (list: readonly Pool[]): void => {
    for (const pool of list) {
      if (pool.state === 'connected' && !connected.has(pool.id)) {
        connected.add(pool.id);
        if (list.length === 1) expandFirst(pool);
        void loadInventory(pool.id);
      } else if (pool.state !== 'connected') connected.delete(pool.id);
      if (pool.state === 'disconnected') {
        inventory.forget(pool.id);
        problems.forget(pool.id);
      }
    }
    const known = new Set(list.map(({ id }) => id));
    for (const id of inventory.getState().byPool.keys()) if (!known.has(id)) inventory.forget(id);
    for (const id of problems.getState().byPool.keys()) if (!known.has(id)) problems.forget(id);
  };

  return combine(
    toDisposable(pools.subscribe(({ pools: list }) => follow(list))),
    engine.on('app.trouble', (failure) => services.notifications.failure(failure)),
    engine.on('pools.changed', (list) => {
      announceLosses(services, list);
      pools.replace(list);
    }),
    engine.on('inventory.changed', ({ poolId, patch }) => {
      announceTrackingLosses(services, poolId, patch);
      inventory.patch(poolId, patch);
      findingsSoon(poolId);
    }),
    engine.on('jobs.changed', (job) => {
      const before = jobs.byId(job.id);
      announceEnd(services, before, job);
      jobs.put(job);
      // What it left on a pool is a finding from now on, or is none any more.
      if (hasEnded(before, job)) connected.forEach(findingsSoon);
    }),
    engine.on('jobs.removed', ({ jobId }) => jobs.remove(jobId)),
    engine.on('jobs.logged', (entry) => jobLog.append(entry)),
    engine.on('library.operation', (operation) => libraryOperations.put(operation)),
    engine.on('command.run', ({ id, args }) => void runFromMenu(services, id, args)),
    toDisposable(() => timers.forEach((timer) => clearTimeout(timer))),
  );
}

/** Asks for everything once, at start. */
export async function loadState(services: Services): Promise<void> {
  const { engine, pools, jobs, libraryOperations, settings, theme } = services;
  const [listed, worked, chosen, operations] = await Promise.all([
    engine.ask('pools.list'),
    engine.ask('jobs.list'),
    engine.ask('settings.load'),
    engine.ask('library.operations'),
  ]);
  if (chosen !== undefined) settings.replace(chosen.value.settings);
  if (chosen?.value.damage !== undefined) announceDamage(services, chosen.value.damage);
  theme.choose(settings.get().theme);
  if (listed !== undefined) pools.replace(listed.value);
  if (worked !== undefined) jobs.replace(worked.value);
  if (operations !== undefined) libraryOperations.replace(operations.value);
  const troubles = await engine.ask('app.takeTroubles');
  for (const failure of troubles?.value ?? []) services.notifications.failure(failure);
  const link = await engine.ask('app.takeLink');
  if (link?.value !== undefined) await services.commands.run('link.open', link.value);
}

function announceDamage({ notifications }: Services, { message, nextStep, details }: Failure): void {
  const actions = [{ title: 'Open settings', command: 'settings.open' }];
  notifications.add({
    severity: 'warning',
    message,
    nextStep,
    actions,
    ...(details === undefined ? {} : { details }),
  });
}

/** A pool that is gone is one of the few things that deserve a toast. */
function announceLosses(services: Services, list: readonly Pool[]): void {
  const { pools, notifications } = services;
  for (const pool of list) {
    const before = pools.byId(pool.id);
    if (before === undefined || before.state === pool.state) continue;
    const { failure } = pool;
    if (pool.state === 'disconnected' && failure !== undefined && before.state !== 'connecting') {
      announceRefusal(services, pool, failure);
      continue;
    }
    if (pool.state !== 'lost') continue;
    notifications.add({
      severity: 'warning',
      message: `The connection to ${pool.name || pool.url} was lost.`,
      nextStep: `Deltascope tries again by itself. ${failure?.nextStep ?? ''}`.trim(),
      ...(failure?.details === undefined ? {} : { details: failure.details }),
    });
  }
}

/** The pool will not be tried again by itself: its certificate or the login is refused. */
function announceRefusal({ notifications }: Services, pool: Pool, failure: Failure): void {
  const changed = failure.code === 'certificate-changed';
  notifications.add({
    severity: 'error',
    message: changed
      ? `${pool.name || pool.url} presents another certificate than the trusted one. Deltascope has disconnected.`
      : failure.message,
    nextStep: changed ? 'Ask whoever runs the pool before you connect again.' : failure.nextStep,
    details: changed ? failure.message : (failure.details ?? failure.code),
    actions: [{ title: 'Connect again…', command: 'pool.reconnect', args: [poolRef(pool.id)] }],
  });
}

const hasEnded = (before: Job | undefined, job: Job): boolean =>
  before !== undefined && isActive(before) && !isActive(job);

/** A job that ends while its editor is not in front. */
function announceEnd(services: Services, before: Job | undefined, job: Job): void {
  const active = services.editors.active();
  if (!hasEnded(before, job) || (active?.type === 'job' && active.params['id'] === job.id)) return;
  const actions = [{ title: 'Show job', command: 'job.open', args: [jobRef(job.id)] }];
  if (job.state === 'done' && job.leftBehind !== undefined) {
    const { message, nextStep } = job.leftBehind.failure;
    services.notifications.add({
      severity: 'warning',
      message: `${job.title}: done. ${message}`,
      nextStep,
      actions,
    });
  } else if (job.state === 'done') {
    services.notifications.add({ severity: 'success', message: `${job.title}: done.`, actions });
  } else if (job.state === 'failed' || job.state === 'interrupted') {
    const { message, nextStep } = job.failure ?? {
      message: `It was ${job.state}.`,
      nextStep: 'Open the job for details.',
    };
    services.notifications.add({ severity: 'error', message: `${job.title}: ${message}`, nextStep, actions });
  }
}

/** Keeps the context keys true. */
export function wireContext(services: Services): Disposable {
  const { contextKeys, selection, inventory, pools, jobs, notifications } = services;
  const object = (): void => contextKeys.set(objectContext(services, selection.object()));
  const unsubscribe = [
    selection.subscribe(object),
    inventory.subscribe(object),
    pools.subscribe(({ pools: list }) => {
      object();
      contextKeys.set({
        'pools.any': list.length > 0,
        'pools.anyConnected': list.some(({ state }) => state === 'connected'),
      });
    }),
    jobs.subscribe(object),
    notifications.subscribe(({ list }) => contextKeys.set({ 'notifications.any': list.length > 0 })),
  ];
  const active = services.editors.onDidChangeActive((input) => {
    contextKeys.set({ 'editor.open': input !== undefined, 'editor.type': input?.type ?? '' });
    if (input === undefined) return;
    const shown = services.registries.editors.get(input.type)?.object?.(input.params);
    if (shown !== undefined) selection.select(shown);
  });
  return combine(active, ...unsubscribe.map(toDisposable));
}

const SAVE_DELAY = 500;

/** Restores the layout, then saves it whenever it changes. */
export async function wireLayout(services: Services): Promise<Disposable> {
  const { engine, layout, notifications } = services;
  const saved = await engine.ask('layout.load');
  if (saved?.value !== undefined && !layout.restore(saved.value)) {
    notifications.add({
      severity: 'info',
      toast: false,
      message: 'The window starts with its first layout.',
      nextStep: 'The saved one was made by another version of Deltascope or is damaged.',
    });
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const save = (): void => void engine.ask('layout.save', layout.serialise());
  const unsubscribe = layout.subscribe(() => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_DELAY);
  });
  window.addEventListener('pagehide', save);
  return toDisposable(() => {
    unsubscribe();
    clearTimeout(timer);
    window.removeEventListener('pagehide', save);
  });
}
