import { copyFileSync, readFileSync } from 'node:fs';
import type { Failure } from '../../shared/model/failure';
import { mendSettings, settingsSchema, type Settings } from '../../shared/model/settings';
import { JsonFile, parseJson } from './json-file';

export interface LoadedSettings {
  readonly settings: Settings;
  /** What of the file could not be used. */
  readonly damage?: Failure;
}

/**
 * The settings file. A field that cannot be used has its default, all others stay. A copy of the file as it was is kept
 * as `*.damaged` before it is written anew.
 */
export class SettingsFile {
  readonly #path: string;
  readonly #file: JsonFile<Settings>;

  constructor(path: string) {
    this.#path = path;
    // Read here, field by field; only written through it.
    this.#file = new JsonFile(path, settingsSchema, settingsSchema.parse({}), () => undefined);
  }

  read(): LoadedSettings {
    const { settings, damage } = this.#look();
    if (damage === undefined) return { settings };
    try {
      this.#keepCopy();
      return { settings, damage: { ...damage, nextStep: `${damage.nextStep} ${keptAs(this.#path)}` } };
    } catch (error) {
      return { settings, damage: { ...damage, details: `${damage.details ?? ''}\n${String(error)}`.trim() } };
    }
  }

  /** @throws the system's error when the file cannot be written, or a damaged one cannot be kept. */
  write(settings: Settings): void {
    if (this.#look().damage !== undefined) this.#keepCopy();
    this.#file.write(settings);
  }

  #look(): LoadedSettings {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      const { settings } = mendSettings({});
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { settings };
      return { settings, damage: unusable(this.#path, String(error)) };
    }
    const { settings, bad } = mendSettings(parseJson(text));
    if (bad === 'all') return { settings, damage: unusable(this.#path) };
    return bad.length === 0 ? { settings } : { settings, damage: partlyUnusable(bad) };
  }

  #keepCopy(): void {
    copyFileSync(this.#path, `${this.#path}.damaged`);
  }
}

const CODE = 'settings-damaged';
const keptAs = (path: string): string => `The file as it was is kept as ${path}.damaged.`;

const unusable = (path: string, details?: string): Failure => ({
  code: CODE,
  message: `The settings in ${path} cannot be read: all of them have their defaults.`,
  nextStep: 'Choose them anew in the settings.',
  details,
});

function partlyUnusable(bad: readonly string[]): Failure {
  const names = bad.map((name) => `“${name}”`).join(', ');
  return {
    code: CODE,
    message:
      bad.length === 1
        ? `The setting ${names} cannot be used as it was: it has its default. All others are as they were.`
        : `The settings ${names} cannot be used as they were: they have their defaults. All others are as they were.`,
    nextStep: `Choose ${bad.length === 1 ? 'it' : 'them'} anew in the settings.`,
  };
}
