// @vitest-environment happy-dom
import { beforeEach, describe, expect, it } from 'vitest';
import type { Bridge } from '../../../shared/contract/bridge';
import { ok } from '../../../shared/model/result';
import { createServices, type Services } from '../../workbench/services';
import { ActiveMap } from './active-map';
import { registerHeatmapCommands } from './commands';
import type { Shown } from './export/save';
import { createMapOptions, type MapOptionsStore } from './map-options';
import type { NamedInterval } from './model/intervals';

const bridge: Bridge = {
  request: () => Promise.resolve(ok(undefined as never)),
  on: () => () => undefined,
};
const interval = (number: number): NamedInterval => ({
  key: `s${number}/s${number + 1}`,
  fromUuid: `s${number}`,
  toUuid: `s${number + 1}`,
  fromName: `s${number}`,
  toName: `s${number + 1}`,
  takenAt: `2026-01-0${number}`,
});
let services: Services;
let options: MapOptionsStore;
let active: ActiveMap;

/** A map of a disk with so many intervals; nothing is drawn. */
function openMap(count: number, { hasJob = false, hasDifference = false } = {}): void {
  const all = Array.from({ length: count }, (_, at) => interval(at + 1));
  const shown = {
    regions: [],
    hasJob,
    hasDifference,
    intervals: { poolId: 'p', diskUuid: 'd', current: all[count - 1], all, most: Math.min(count, 4) },
    controller: { snapshot: () => ({ selection: undefined }) },
  } as unknown as Shown;
  options.subscribe(() => active.tell());
  active.use({ options, shown: () => shown });
}
const run = (name: string, argument?: unknown) => services.commands.run(`heatmap.${name}`, argument);
const isEnabled = (name: string) => services.commands.isEnabled(`heatmap.${name}`);

beforeEach(() => {
  services = createServices(bridge, 'linux');
  options = createMapOptions();
  active = new ActiveMap(services.contextKeys);
  registerHeatmapCommands(services, active);
});

describe('what a map shows', () => {
  it('is chosen among the modes only where there are several intervals', async () => {
    openMap(1);
    for (const name of ['changes', 'compare', 'churn', 'playback']) expect(isEnabled(name)).toBe(false);
    openMap(3);
    expect(isEnabled('compare')).toBe(true);
    expect(isEnabled('compareView')).toBe(false);
    await run('compare');
    expect(options.getState().mode).toBe('compare');
    expect([isEnabled('compareView'), isEnabled('nextInterval')]).toEqual([true, false]);
  });

  it('has layers that are switched, a job only where there is one', async () => {
    openMap(1);
    expect([isEnabled('boost'), isEnabled('outlines'), isEnabled('job')]).toEqual([true, false, false]);
    await run('boost');
    expect(options.getState().boost).toBe(true);
    await run('boost');
    expect(options.getState().boost).toBe(false);
    openMap(1, { hasJob: true });
    expect(isEnabled('job')).toBe(true);
    await run('job');
    expect(options.getState().job).toBe(false);
  });
});

it('what is compared is the argument, or asked for', async () => {
  openMap(3);
  await run('compareView', 'only-a');
  await run('compareWith', 's1/s2');
  expect(options.getState()).toMatchObject({ compareView: 'only-a', compareWith: 's1/s2' });
  await run('compareView', 'nonsense');
  expect(services.quickInput.getState().pick?.items.map(({ label }) => label)).toContain('Only B');
  await run('compareWith');
  const { items } = services.quickInput.getState().pick!;
  expect(items.map(({ label, description }) => [label, description])).toEqual([
    ['s1 → s2', 'compared with now'],
    ['s2 → s3', undefined],
  ]);
  items[1].run();
  expect(options.getState().compareWith).toBe('s2/s3');
});

it('touched and truly different can be chosen only where an export told them apart', async () => {
  openMap(3);
  expect(isEnabled('differenceView')).toBe(false);
  openMap(1, { hasDifference: true });
  expect(isEnabled('differenceView')).toBe(true);
  await run('differenceView', 'same');
  expect(options.getState().differenceView).toBe('same');
  await run('differenceView');
  services.quickInput
    .getState()
    .pick!.items.find(({ label }) => label === 'Truly different')!
    .run();
  expect(options.getState().differenceView).toBe('different');
  openMap(3, { hasDifference: true });
  await run('churn');
  expect(isEnabled('differenceView')).toBe(false);
});

it('churn counts as many intervals as there are and fit, and no other number', async () => {
  openMap(9);
  expect(isEnabled('churnOver')).toBe(false);
  await run('churn');
  expect(isEnabled('churnOver')).toBe(true);
  await run('churnOver', 3);
  expect(options.getState().churnOver).toBe(3);
  await run('churnOver', 9);
  expect(options.getState().churnOver).toBe(3);
  const { items } = services.quickInput.getState().pick!;
  expect(items.map(({ label, description }) => [label, description])).toEqual([
    ['2 intervals', undefined],
    ['3 intervals', 'counted now'],
    ['4 intervals', undefined],
  ]);
  items[0].run();
  expect(options.getState().churnOver).toBe(2);
});

describe('playback', () => {
  beforeEach(() => {
    openMap(3);
    return run('playback');
  });

  it('steps within the timeline', async () => {
    const frames: unknown[] = [];
    for (const name of [
      'nextInterval',
      'previousInterval',
      'previousInterval',
      'previousInterval',
      'nextInterval',
    ]) {
      await run(name);
      frames.push(options.getState().frame);
    }
    expect(frames).toEqual([2, 1, 0, 0, 1]);
  });

  it('begins anew at the end, and pauses where it is', async () => {
    await run('togglePlayback');
    expect(options.getState()).toMatchObject({ playing: true, frame: 0 });
    await run('togglePlayback');
    expect(options.getState()).toMatchObject({ playing: false, frame: 0 });
  });

  it('goes to the interval that is the argument, or asks for one', async () => {
    await run('togglePlayback');
    await run('goToInterval', 1);
    expect(options.getState()).toMatchObject({ frame: 1, playing: false });
    await run('goToInterval', 99);
    expect(options.getState().frame).toBe(2);
    await run('goToInterval');
    const { items } = services.quickInput.getState().pick!;
    expect(items.map(({ label }) => label)).toEqual(['s1 → s2', 's2 → s3', 's3 → s4']);
    items[0].run();
    expect(options.getState().frame).toBe(0);
  });

  it('has the speed that is the argument, or asks for one', async () => {
    await run('playbackSpeed', 4);
    expect(options.getState().speed).toBe(4);
    await run('playbackSpeed', 3);
    expect(options.getState().speed).toBe(4);
    services.quickInput.getState().pick!.items[0].run();
    expect(options.getState().speed).toBe(0.5);
  });

  it('leads to the interval that is shown', async () => {
    await run('previousInterval');
    await run('examineInterval');
    expect(options.getState().mode).toBe('changes');
    expect(services.diskInterval.of('p', 'd')).toEqual({ fromUuid: 's2', toUuid: 's3' });
  });
});
