import { createStore } from 'zustand/vanilla';
import { settingsSchema, type Settings } from '../../shared/model/settings';

export interface SettingsState {
  readonly loaded: boolean;
  readonly settings: Settings;
}

/** The user's settings as the main process keeps them. */
export function createSettingsStore() {
  const store = createStore<SettingsState>(() => ({ loaded: false, settings: settingsSchema.parse({}) }));
  return Object.assign(store, {
    replace: (settings: Settings) => store.setState({ loaded: true, settings }),
    get: (): Settings => store.getState().settings,
  });
}
export type SettingsStore = ReturnType<typeof createSettingsStore>;
