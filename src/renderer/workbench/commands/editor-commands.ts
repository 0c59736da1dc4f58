import { z } from 'zod';
import type { Disposable } from '../../platform/disposable';
import { editorId } from '../../platform/editors';
import type { Services } from '../services';

/** Tabs and groups. */
export function registerEditorCommands({ commands, editors, registries }: Services): Disposable {
  const category = 'Editor';
  const when = 'editor.open';
  /** The editor named by the argument, else the active one. */
  const idOf = (argument: unknown): string | undefined => {
    const given = z.string().safeParse(argument);
    if (given.success) return given.data;
    const active = editors.active();
    return active === undefined ? undefined : editorId(active);
  };
  const on = (act: (id: string) => void) => (argument: unknown) => {
    const id = idOf(argument);
    if (id !== undefined) act(id);
  };
  registries.menus.register(
    { id: 'tab/close', menu: 'tab', command: 'editor.close', group: '1' },
    { id: 'tab/closeOthers', menu: 'tab', command: 'editor.closeOthers', group: '1', order: 1 },
    { id: 'tab/closeAll', menu: 'tab', command: 'editor.closeAll', group: '1', order: 2 },
    { id: 'tab/pin', menu: 'tab', command: 'editor.pin', group: '2' },
    { id: 'tab/split', menu: 'tab', command: 'editor.splitRight', group: '2', order: 1 },
  );
  return commands.register(
    {
      id: 'editor.close',
      title: 'Close',
      category,
      icon: 'close',
      when,
      keys: ['$mod+KeyW'],
      run: on((id) => editors.close(id)),
    },
    {
      id: 'editor.closeOthers',
      title: 'Close Others',
      category,
      when,
      run: on((id) => editors.closeOthers(id)),
    },
    {
      id: 'editor.closeAll',
      title: 'Close All',
      category,
      when,
      keys: ['$mod+KeyK $mod+KeyW'],
      run: () => editors.closeAll(),
    },
    {
      id: 'editor.pin',
      title: 'Keep Open',
      category,
      icon: 'pin',
      when,
      keys: ['$mod+KeyK Enter'],
      run: on((id) => editors.pin(id)),
    },
    {
      id: 'editor.splitRight',
      title: 'Move to a Group on the Right',
      category,
      icon: 'split-horizontal',
      when,
      keys: ['$mod+Backslash'],
      run: () => editors.splitRight(),
    },
    {
      id: 'editor.next',
      title: 'Next Tab',
      category,
      when,
      keys: ['$mod+PageDown', 'Control+Tab'],
      run: () => editors.cycle(1),
    },
    {
      id: 'editor.previous',
      title: 'Previous Tab',
      category,
      when,
      keys: ['$mod+PageUp', 'Control+Shift+Tab'],
      run: () => editors.cycle(-1),
    },
    ...[1, 2, 3].map((number) => ({
      id: `editor.focusGroup${number}`,
      title: `Focus Group ${number}`,
      category,
      when,
      keys: [`$mod+Digit${number}`],
      run: () => editors.focusGroup(number - 1),
    })),
  );
}
