import { describe, expect, it } from 'vitest';
import { THEMES } from '../../../theme';
import { liveValue } from '../model/live-states';
import { colourRow } from '../model/picture';
import { colourOf, colourTable } from './colour-table';
import { contrast, type Rgb } from './contrast';

const rgb = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as never;

describe('colour tables', () => {
  for (const theme of Object.values(THEMES)) {
    for (const colours of ['cividis', 'viridis', 'turbo'] as const) {
      it(`${theme.label}, ${colours}: the least change stands out from none`, () => {
        const table = colourTable({ theme, colours, boost: false });
        const none = colourOf(table, colourRow.heat, 0);
        const { heat, churn, onlyA, onlyB, both } = colourRow;
        for (const row of [heat, churn, onlyA, onlyB, both])
          expect
            .soft(contrast(rgb(colourOf(table, row, 1)), rgb(none)), `row ${row}`)
            .toBeGreaterThanOrEqual(3);
      });
    }

    it(`${theme.label}: every state of a job differs from every other`, () => {
      const table = colourTable({ theme, colours: 'cividis', boost: false });
      const shown = Object.values(liveValue).map((value) => colourOf(table, colourRow.live, value));
      expect(new Set([...shown, colourOf(table, 0, 0)]).size).toBe(shown.length + 1);
    });
  }
});

describe('contrast', () => {
  it('is that of WCAG', () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBe(21);
    expect(contrast([119, 119, 119], [255, 255, 255])).toBeCloseTo(4.48, 2);
  });
});
