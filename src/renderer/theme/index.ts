import { dark } from './dark';
import { hcDark } from './hc-dark';
import { hcLight } from './hc-light';
import { light } from './light';
import type { Theme, ThemeId, Token } from './tokens';

export type { Theme, ThemeId, Token } from './tokens';

export const THEMES: Readonly<Record<ThemeId, Theme>> = {
  dark,
  light,
  'hc-dark': hcDark,
  'hc-light': hcLight,
};

/** The CSS variable that carries a token: `var(--ds-foreground)`. */
export const cssVariable = (token: Token): string => `--ds-${token}`;
