const WORDS: Readonly<Record<string, string>> = {
  $mod: 'CommandOrControl',
  Control: 'Control',
  Backslash: '\\',
  Comma: ',',
};

/** Keys in the window's notation (`$mod+Shift+KeyP`) as Electron writes an accelerator. */
export const accelerator = (keys: string): string =>
  keys
    .split('+')
    .map((part) => WORDS[part] ?? part.replace(/^(Key|Digit)(?=[A-Z0-9]$)/, ''))
    .join('+');
