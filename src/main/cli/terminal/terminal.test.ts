import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { BlockBitmap } from '../../../shared/blocks/bitmap';
import { drawHeatmap } from './heatmap';
import { heatmapPng } from './heatmap-png';
import { table } from './table';
import { formatBytes, formatDuration, formatShare, parseRate } from './units';

const plain = { colours: 'none', unicode: false, columns: 44 } as const;

/** 400 blocks, so that one cell of a 40 × 10 map is one block. */
function bitmap(...blocks: number[]): BlockBitmap {
  const changed = BlockBitmap.empty(400 * 65_536);
  for (const block of blocks) changed.set(block);
  return changed;
}

describe('the heatmap in the terminal', () => {
  it('shows each block in its place, without colours as letters', () => {
    const lines = drawHeatmap(bitmap(0, 41, 399), plain).split('\n');
    expect(lines[0]).toBe(`  |@${' '.repeat(39)}|`);
    expect(lines[1]).toBe(`  | @${' '.repeat(38)}|`);
    expect(lines[9]).toBe(`  |${' '.repeat(39)}@|`);
    expect(lines[10]).toContain('one cell is 64 KiB');
  });

  it('never loses a single changed block of a huge disk', () => {
    const changed = BlockBitmap.empty(16 * 1024 ** 4);
    changed.set(200_000_000);
    expect(drawHeatmap(changed, plain).match(/\./g)!.length).toBeGreaterThan(0);
  });

  it('uses the colours that the terminal has', () => {
    const full = { colours: 'truecolour', unicode: true, columns: 44 } as const;
    expect(drawHeatmap(bitmap(0), full)).toContain('\x1b[38;2;');
    expect(drawHeatmap(bitmap(0), { ...full, colours: '256' })).toMatch(/\x1b\[38;5;\d+;48;5;\d+m▀/);
  });

  it('is a picture with one bright pixel per changed block', () => {
    const png = PNG.sync.read(heatmapPng(bitmap(3)));
    const pixel = (x: number): number[] => [...png.data.subarray(x * 4, x * 4 + 3)];
    expect(png.width).toBe(1024);
    expect(pixel(3)).not.toEqual(pixel(2));
    expect(pixel(4)).toEqual(pixel(2));
    expect(pixel(500)).toEqual([0, 0, 0]);
  });
});

describe('numbers', () => {
  it('reads as people write', () => {
    expect([0, 1023, 1024, 1_572_864, 10 * 1024 ** 3].map(formatBytes)).toEqual([
      '0 B',
      '1023 B',
      '1 KiB',
      '1.50 MiB',
      '10 GiB',
    ]);
    expect([0.04, 12.4, 185, 7800].map(formatDuration)).toEqual([
      '0.0 s',
      '12 s',
      '3 min 05 s',
      '2 h 10 min',
    ]);
    expect([0, 0.00001, 0.0012, 0.05, 0.5].map(formatShare)).toEqual([
      '0 %',
      '< 0.01 %',
      '0.12 %',
      '5.0 %',
      '50 %',
    ]);
  });

  it.each([
    ['100MiB/s', 104_857_600],
    ['1GB/s', 1_000_000_000],
    ['500k', 500_000],
    ['12345B/s', 12_345],
    ['1.5GiB', 1_610_612_736],
  ])('parses %s', (text, bytes) => {
    expect(parseRate(text)).toBe(bytes);
  });

  it.each(['', 'fast', '0', '-5M', '1e9', '10 apples', 'NaN'])('refuses %j as a rate', (text) => {
    expect(() => parseRate(text)).toThrow('is not a rate');
  });
});

it('tables are aligned', () => {
  expect(
    table(
      ['name', '>size'],
      [
        ['a', '1'],
        ['long', '100'],
      ],
    ),
  ).toBe('name  size\na        1\nlong   100\n');
});
