import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { THEMES } from '.';
import { TEXT_ON, TOKENS } from './tokens';

/** Relative luminance and contrast. Source: WCAG 2.2, "relative luminance" and "contrast ratio". */
function luminance(hex: string): number {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}
function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function* sources(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else if (/\.(tsx?|css|html)$/.test(name) && !/\.test\.tsx?$/.test(name)) yield path;
  }
}

describe('themes', () => {
  for (const theme of Object.values(THEMES)) {
    it(`${theme.label} names every token once`, () => {
      expect(Object.keys(theme.palette).sort()).toEqual([...TOKENS].sort());
    });

    it(`${theme.label} keeps text readable`, () => {
      const least = theme.highContrast ? 7 : 4.5;
      const weak = TEXT_ON.map(([text, ground]) => ({
        pair: `${text} on ${ground}`,
        ratio: contrast(theme.palette[text], theme.palette[ground]),
      })).filter(({ ratio }) => !(ratio >= least));
      expect(weak).toEqual([]);
    });
  }

  it('are the only place with colour literals', () => {
    const root = join(import.meta.dirname, '..');
    const literal = /#[0-9a-f]{3,8}\b(?![-\w])|\brgba?\(\s*\d|\bhsla?\(\s*\d|\boklch\(/i;
    const found: string[] = [];
    for (const path of sources(root)) {
      if (path.startsWith(import.meta.dirname)) continue;
      const lines = readFileSync(path, 'utf8').split('\n');
      lines.forEach((line, index) => {
        if (literal.test(line)) found.push(`${path.slice(root.length + 1)}:${index + 1}: ${line.trim()}`);
      });
    }
    expect(found).toEqual([]);
  });
});
