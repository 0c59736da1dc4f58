import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CommandRegistry } from '../platform/commands';
import { ContextKeys, type ContextOverlay } from '../platform/context-keys';
import { createNotificationsStore } from '../stores/notifications';
import { runFromMenu } from './run-from-menu';

const WHEN =
  "pool.connected && ((object.kind == 'disk' && !disk.cbt && disk.canTrack) || (object.kind == 'vm' && vm.cbtOff))";
const run = vi.fn();
let contextKeys: ContextKeys;
let commands: CommandRegistry;
let notifications: ReturnType<typeof createNotificationsStore>;

beforeEach(() => {
  run.mockClear();
  contextKeys = new ContextKeys();
  commands = new CommandRegistry(contextKeys, (error) => {
    throw error;
  });
  notifications = createNotificationsStore();
  commands.register(
    { id: 'cbt.enable', title: 'Enable Change Tracking…', when: WHEN, run },
    { id: 'export.start', title: 'Start', when: "editor.type == 'export' && export.ready", run },
    { id: 'view.jobs', title: 'Show Jobs', run },
  );
});
const choose = (id: string, context: ContextOverlay = {}): Promise<void> => {
  contextKeys.set(context);
  return runFromMenu({ commands, contextKeys, notifications }, id, ['argument']);
};
const told = () => notifications.getState().list.map(({ message, nextStep }) => [message, nextStep]);

describe('an item of the native menu', () => {
  it('runs its command when that is possible', async () => {
    await choose('view.jobs');
    await choose('cbt.enable', { 'pool.connected': true, 'object.kind': 'disk', 'disk.canTrack': true });
    expect(run.mock.calls).toEqual([['argument'], ['argument']]);
    expect(told()).toEqual([]);
  });

  it.each<[string, ContextOverlay, string]>([
    ['cbt.enable', {}, 'Select a disk or a VM first.'],
    ['cbt.enable', { 'object.kind': 'snapshot' }, 'Select a disk or a VM first.'],
    ['cbt.enable', { 'object.kind': 'disk' }, 'It can be done once the pool of the object is connected.'],
    [
      'cbt.enable',
      { 'object.kind': 'disk', 'pool.connected': true, 'disk.cbt': true },
      'It cannot be done while the disk tracks changed blocks.',
    ],
    [
      'cbt.enable',
      { 'object.kind': 'disk', 'pool.connected': true },
      'It can be done once the storage of the disk can track changed blocks.',
    ],
    ['export.start', {}, 'It can be done once this is “export”: type of the active editor.'],
    [
      'export.start',
      { 'editor.type': 'export' },
      'It can be done once the plan of the active export editor may start.',
    ],
  ])('%s with %j says why not', async (id, context, why) => {
    await choose(id, context);
    expect(run).not.toHaveBeenCalled();
    expect(told()).toEqual([[expect.stringMatching(/^“[^…]+” is not possible now\.$/), why]]);
  });
});
