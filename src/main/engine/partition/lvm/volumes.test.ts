import { describe, expect, it } from 'vitest';
import { parseConfig } from './config-text';
import { volumesOf } from './volumes';

const MIB = 1024 * 1024;

const group = (volumes: string): string => `
# made by hand
vg {
  extent_size = 2048 # 1 MiB
  physical_volumes {
    pv0 { id = "AAAAAA-1111-1111-1111-1111-1111-AAAAAA"
          pe_start = 2048
          pe_count = 100 }
    pv1 { id = "BBBBBB-1111-1111-1111-1111-1111-BBBBBB"
          pe_start = 2048
          pe_count = 100 }
  }
  logical_volumes { ${volumes} }
}
contents = "Text Format Volume Group"
version = 1
`;
const PV0 = 'AAAAAA11111111111111111111AAAAAA';

const segment = (index: number, text: string): string => `segment${index} { extent_count = 4 ${text} }`;
const linear = (pv: string, extent: number): string =>
  `type = "striped" stripe_count = 1 stripes = ["${pv}", ${extent}]`;

function volumesIn(text: string): unknown {
  const config = parseConfig(group(text));
  return (
    config &&
    volumesOf(config, PV0, 200 * MIB)?.volumes.map(({ name, pieces, note }) => ({ name, pieces, note }))
  );
}

describe('logical volumes', () => {
  it('are placed when linear', () => {
    expect(
      volumesIn(`a { segment_count = 2 ${segment(1, linear('pv0', 10))} ${segment(2, linear('pv0', 0))} }`),
    ).toEqual([
      {
        name: 'a',
        note: undefined,
        pieces: [
          { offset: 11 * MIB, length: 4 * MIB },
          { offset: MIB, length: 4 * MIB },
        ],
      },
    ]);
  });

  it('are named with a reason when they are not', () => {
    const striped = 'type = "striped" stripe_count = 2 stripes = ["pv0", 0, "pv1", 0]';
    const thin = 'type = "thin" thin_pool = "pool"';
    expect(
      volumesIn(`a { segment_count = 1 ${segment(1, striped)} } b { segment_count = 1 ${segment(1, thin)} }
      c { segment_count = 2 ${segment(1, linear('pv0', 0))} ${segment(2, linear('pv1', 0))} } d { segment_count = 1 }`),
    ).toEqual([
      { name: 'a', pieces: [], note: 'not linear (striped)' },
      { name: 'b', pieces: [], note: 'not linear (thin)' },
      { name: 'c', pieces: [{ offset: MIB, length: 4 * MIB }], note: 'partly on another physical volume' },
      { name: 'd', pieces: [], note: 'its segments are not readable' },
    ]);
  });

  it('never reach beyond the physical volume', () => {
    for (const extent of [97, -1, 2 ** 60]) {
      expect(volumesIn(`a { segment_count = 1 ${segment(1, linear('pv0', extent))} }`)).toEqual([
        { name: 'a', pieces: [], note: 'its segments are not readable' },
      ]);
    }
    const config = parseConfig(group(''));
    expect(config && volumesOf(config, PV0, 50 * MIB)).toBeUndefined();
    expect(config && volumesOf(config, 'C'.repeat(32), 200 * MIB)).toBeUndefined();
  });
});

describe('metadata text', () => {
  it.each([
    'a {',
    'a = ',
    'a = [1, 2',
    'a }',
    '= 1',
    'a = {',
    '"unended',
    'a { b { c { d { e { f { g { h { i { } } } } } } } } }',
    'a = €',
  ])('that is broken is refused: %s', (text) => expect(parseConfig(text)).toBeUndefined());

  it('keeps escaped quotes and all kinds of values', () => {
    expect(parseConfig('a = "x \\"y\\" \\\\" b = -3 c = [] d = ["e", 4]\nf { g = h }')).toEqual(
      new Map<string, unknown>([
        ['a', 'x "y" \\'],
        ['b', -3],
        ['c', []],
        ['d', ['e', 4]],
        ['f', new Map([['g', 'h']])],
      ]),
    );
  });
});
