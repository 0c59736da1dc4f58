import { parseArgs } from 'node:util';
import { cases } from './cases';

export interface Options {
  readonly quick: boolean;
  /** Names of cases; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly rounds: number;
  readonly gibibytes: number;
  readonly json: string | undefined;
  readonly markdown: string | undefined;
}

export const INDEX_CASE = 'heatmap-index';

export const usage = `npm run bench -- [--quick] [--only CASE]… [--rounds N] [--gib N] [--json FILE] [--markdown FILE]

  --quick        a smaller disk, three rounds, the main cases
  --only CASE    only this case; may be repeated
  --rounds N     measured rounds (default 7, quick 3)
  --gib N        size of the disk in GiB, 1 to 8 (default 4, quick 1)
  --json FILE    write every single measurement to FILE
  --markdown FILE  put the tables into FILE, between its two marks

Cases: ${[...cases.map(({ name }) => name), INDEX_CASE].join(', ')}
`;

/** @throws Error that says what is wrong with the arguments. */
export function readOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true },
      rounds: { type: 'string' },
      gib: { type: 'string' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const known = [...cases.map(({ name }) => name), INDEX_CASE];
  const unknown = values.only?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`There is no case "${unknown}".`);
  return {
    quick: values.quick,
    only: values.only,
    rounds: whole('rounds', values.rounds ?? (values.quick ? '3' : '7'), 99),
    gibibytes: whole('gib', values.gib ?? (values.quick ? '1' : '4'), 8),
    json: values.json,
    markdown: values.markdown,
  };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} must be a whole number from 1 to ${most}.`);
  return value;
}
