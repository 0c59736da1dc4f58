import type { StepResult } from './run-step';
import type { Settled } from './settle';

/** In a word: how one export ended. */
export function outcomeOf({ job, jobId, resumes }: Settled): string {
  if (!job) return jobId === undefined ? 'not begun' : 'journal lost';
  if (job.state === 'done' && resumes > 0) return 'done after resume';
  return job.state;
}

const codeOf = ({ job, refusal }: Settled): string => {
  const code = job?.failure?.code ?? (job ? undefined : refusal);
  return code === undefined ? '' : ` (${code})`;
};

/** Seconds from which on it is said where they went. */
const LONG = 20;

/** One line about one step. */
export function line({ step, settled, violations, seconds, shares }: StepResult): string {
  const what = settled.map((one) => {
    const { wish, job } = one;
    const modes = [...new Set(job?.disks.map(({ mode }) => mode) ?? [wish.mode])].join('/');
    return `${wish.vm}×${wish.disks.length} ${wish.format} ${modes} ${wish.after}: ${outcomeOf(one)}${codeOf(one)}`;
  });
  const who = step.ownProcess ? 'process' : 'engine';
  const verdict = violations.length === 0 ? 'ok' : 'WRONG';
  return `${String(step.number).padStart(4)} ${verdict.padEnd(5)} ${step.fault.padEnd(25)} ${who.padEnd(7)} ${seconds.toFixed(1).padStart(5)} s  ${what.join(' · ')}${
    seconds < LONG
      ? ''
      : `  [${Object.entries(shares)
          .map(([name, part]) => `${name} ${part} s`)
          .join(', ')}]`
  }`;
}

/** How the exports of each fault ended. */
export function table(results: readonly StepResult[]): string {
  const rows = new Map<string, Map<string, number>>();
  const columns = ['done', 'done after resume', 'failed', 'cancelled', 'not begun', 'journal lost', 'wrong'];
  for (const { step, settled, violations } of results) {
    const row = rows.get(step.fault) ?? new Map<string, number>();
    rows.set(step.fault, row);
    const count = (name: string): unknown => row.set(name, (row.get(name) ?? 0) + 1);
    for (const one of settled) count(outcomeOf(one));
    if (violations.length > 0) count('wrong');
  }
  const body = [...rows]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, row]) => [name, ...columns.map((column) => String(row.get(column) ?? ''))]);
  const sums = columns.map((column) =>
    String([...rows.values()].reduce((sum, row) => sum + (row.get(column) ?? 0), 0)),
  );
  const all = [['fault', ...columns], ...body, ['all', ...sums]];
  const widths = all[0].map((_, at) => Math.max(...all.map((cells) => cells[at].length)));
  const print = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [print(all[0]), rule, ...all.slice(1).map(print)].join('\n');
}
