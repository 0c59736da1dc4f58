import { parseArgs } from 'node:util';
import { faultNames } from './faults';

export interface Options {
  readonly seed: string;
  readonly exports: number;
  /** Only this export, after those of its round before it. */
  readonly only: number | undefined;
  /** The first export, at the beginning of a round: several soaks can share the work of one. */
  readonly from: number;
  readonly faults: readonly string[] | undefined;
  readonly minutes: number;
  readonly json: string | undefined;
}

export const usage = `npm run soak -- [--seed WORD] [--exports N] [--from N] [--only N] [--fault NAME]… [--minutes N] [--json FILE]

  --seed WORD     decides everything that happens (default: a new one, printed)
  --exports N     how many exports, 1 to 2000 (default 200)
  --from N        begin with the round of export N
  --only N        repeats the round of export N up to it, to look into what it found
  --fault NAME    only this fault; may be repeated
  --minutes N     no further export is begun after so long, 1 to 240 (default 90)
  --json FILE     write what became of each export to FILE

Faults: ${faultNames.join(', ')}
`;

/** @throws Error that says what is wrong with the arguments. */
export function readOptions(argv: readonly string[]): Options | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      seed: { type: 'string' },
      exports: { type: 'string', default: '200' },
      only: { type: 'string' },
      from: { type: 'string', default: '1' },
      fault: { type: 'string', multiple: true },
      minutes: { type: 'string', default: '90' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const unknown = values.fault?.find((name) => !faultNames.includes(name));
  if (unknown !== undefined) throw new Error(`There is no fault "${unknown}".`);
  return {
    seed: values.seed ?? String(Date.now() % 1_000_000),
    exports: whole('exports', values.exports, 2000),
    only: values.only === undefined ? undefined : whole('only', values.only, 2000),
    from: whole('from', values.from, 2000),
    faults: values.fault,
    minutes: whole('minutes', values.minutes, 240),
    json: values.json,
  };
}

function whole(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new Error(`--${name} must be a whole number from 1 to ${most}.`);
  return value;
}
