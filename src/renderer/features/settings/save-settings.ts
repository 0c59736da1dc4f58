import type { Settings } from '../../../shared/model/settings';
import type { Services } from '../../workbench/services';

/** Saves a change of the settings and applies it; what cannot be saved is not applied. */
export async function saveSettings(
  { engine, settings, theme }: Services,
  change: Partial<Settings>,
): Promise<void> {
  const saved = await engine.ask('settings.save', { ...settings.get(), ...change });
  if (saved === undefined) return;
  settings.replace(saved.value);
  theme.choose(saved.value.theme);
}
