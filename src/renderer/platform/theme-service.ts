import type { Settings } from '../../shared/model/settings';
import { cssVariable, THEMES, type Theme, type ThemeId, type Token } from '../theme';
import { Emitter } from './disposable';

const QUERIES = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'] as const;

/** Which theme is shown: the chosen one, or what the system prefers. */
export class ThemeService {
  readonly #root: HTMLElement;
  readonly #media: readonly MediaQueryList[];
  readonly #changed = new Emitter<Theme>();
  readonly onDidChange = this.#changed.on;
  #chosen: Settings['theme'] = 'system';
  #current: Theme = THEMES.dark;

  constructor(root: HTMLElement, matchMedia: (query: string) => MediaQueryList) {
    this.#root = root;
    this.#media = QUERIES.map((query) => matchMedia(query));
    for (const media of this.#media) media.addEventListener('change', () => this.#apply());
    this.#apply();
  }

  get current(): Theme {
    return this.#current;
  }

  /** The colour of a token now, as CSS understands it: for canvases. */
  color(token: Token): string {
    return this.#current.palette[token];
  }

  choose(chosen: Settings['theme']): void {
    this.#chosen = chosen;
    this.#apply();
  }

  #resolve(): ThemeId {
    if (this.#chosen !== 'system') return this.#chosen;
    const [prefersDark, prefersContrast] = this.#media.map(({ matches }) => matches);
    if (prefersContrast) return prefersDark ? 'hc-dark' : 'hc-light';
    return prefersDark ? 'dark' : 'light';
  }

  #apply(): void {
    this.#current = THEMES[this.#resolve()];
    const { id, kind, highContrast, palette } = this.#current;
    this.#root.dataset['theme'] = id;
    this.#root.dataset['contrast'] = highContrast ? 'high' : 'normal';
    this.#root.style.colorScheme = kind;
    for (const [token, value] of Object.entries(palette) as [Token, string][]) {
      this.#root.style.setProperty(cssVariable(token), value);
    }
    this.#changed.fire(this.#current);
  }
}
