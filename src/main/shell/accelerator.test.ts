import { expect, it } from 'vitest';
import { accelerator } from './accelerator';

it('writes keys as Electron does', () => {
  expect(accelerator('$mod+Shift+KeyP')).toBe('CommandOrControl+Shift+P');
  expect(accelerator('Control+Shift+Digit1')).toBe('Control+Shift+1');
  expect(accelerator('$mod+Backslash')).toBe('CommandOrControl+\\');
  expect(accelerator('F6')).toBe('F6');
});
