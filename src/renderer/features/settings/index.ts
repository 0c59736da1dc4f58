import type { Settings } from '../../../shared/model/settings';
import type { Services } from '../../workbench/services';
import { THEMES } from '../../theme';
import { saveSettings } from './save-settings';
import { SettingsEditor } from './settings-editor';

export function registerSettings(services: Services): void {
  const { registries, commands, editors, engine, quickInput, settings } = services;
  registries.editors.register({
    id: 'settings',
    component: SettingsEditor,
    useTab: () => ({ title: 'Settings', icon: 'settings-gear' }),
  });
  commands.register(
    {
      id: 'settings.open',
      title: 'Open Settings',
      category: 'Preferences',
      icon: 'settings-gear',
      keys: ['$mod+Comma'],
      run: () => editors.open({ type: 'settings', params: {} }),
    },
    {
      id: 'settings.chooseFolder',
      title: 'Choose the Default Folder of Exports…',
      category: 'Preferences',
      icon: 'folder-opened',
      run: async () => {
        const { defaultFolder } = settings.get();
        const startIn = defaultFolder === '' ? {} : { startIn: defaultFolder };
        const chosen = await engine.ask('dialog.chooseFolder', startIn);
        if (chosen?.value !== undefined) await saveSettings(services, { defaultFolder: chosen.value });
      },
    },
    {
      id: 'theme.choose',
      title: 'Colour Theme…',
      category: 'Preferences',
      icon: 'color-mode',
      keys: ['$mod+KeyK $mod+KeyT'],
      run: () => {
        const choose = (theme: Settings['theme']) => () => void saveSettings(services, { theme });
        quickInput.pick({
          title: 'Colour theme',
          placeholder: 'Choose a theme',
          items: [
            { id: 'system', label: 'As the system', icon: 'color-mode', run: choose('system') },
            ...Object.values(THEMES).map(({ id, label }) => ({
              id,
              label,
              icon: 'color-mode',
              run: choose(id),
            })),
          ],
        });
      },
    },
  );
}
