import type { Services } from '../../workbench/services';
import { AboutEditor } from './about-editor';
import { ShortcutsEditor } from './shortcuts-editor';
import './help.css';

export function registerHelp({ registries, commands, editors, engine }: Services): void {
  const category = 'Help';
  registries.editors.register(
    {
      id: 'shortcuts',
      component: ShortcutsEditor,
      useTab: () => ({ title: 'Keyboard Shortcuts', icon: 'keyboard' }),
    },
    { id: 'about', component: AboutEditor, useTab: () => ({ title: 'About', icon: 'info' }) },
  );
  const page = (name: 'xapi-cbt' | 'xapi-nbd') => async () => {
    await engine.ask('app.openExternal', { page: name });
  };
  commands.register(
    {
      id: 'help.shortcuts',
      title: 'Keyboard Shortcuts',
      category,
      icon: 'keyboard',
      keys: ['$mod+KeyK $mod+KeyS'],
      run: () => editors.open({ type: 'shortcuts', params: {} }),
    },
    {
      id: 'help.about',
      title: 'About Deltascope',
      category,
      icon: 'info',
      run: () => editors.open({ type: 'about', params: {} }),
    },
    {
      id: 'help.cbt',
      title: 'How Change Tracking Works',
      category,
      icon: 'link-external',
      run: page('xapi-cbt'),
    },
    {
      id: 'help.nbd',
      title: 'How to Allow NBD on a Network',
      category,
      icon: 'link-external',
      run: page('xapi-nbd'),
    },
  );
}
