import { parseArgs } from 'node:util';

/** What the benches of the window are told. */
export const { json, markdown } = parseArgs({
  options: {
    /** Print nothing but the numbers. */
    json: { type: 'boolean', default: false },
    /** Put the table into this page, between its marks. */
    markdown: { type: 'string' },
  },
}).values;

export const say = (line: string): void => {
  if (!json) console.log(line);
};

/** Numbers in the output of a bench, to a tenth. */
export const rounded = (_key: string, value: unknown): unknown =>
  typeof value === 'number' ? Math.round(value * 10) / 10 : value;
