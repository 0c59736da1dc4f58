import type { Services } from '../../workbench/services';
import { WelcomeEditor } from './welcome-editor';

export function registerWelcome({ registries, commands, editors }: Services): void {
  registries.editors.register({
    id: 'welcome',
    component: WelcomeEditor,
    useTab: () => ({ title: 'Welcome', icon: 'home' }),
  });
  commands.register({
    id: 'help.welcome',
    title: 'Welcome',
    category: 'Help',
    icon: 'home',
    run: () => editors.open({ type: 'welcome', params: {} }),
  });
}
