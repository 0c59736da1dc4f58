import { readFileSync, writeFileSync } from 'node:fs';
import type { Outcome } from './compare';
import type { Case } from './cases';
import type { IndexTimes } from './heatmap-index';
import type { Run } from './run-case';
import { median, spread } from './statistics';

const GIB = 1024 ** 3;

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(head), rule, ...rows.map(line)].join('\n');
}

export function caseTable(contest: Case, runs: readonly Run[], sizeBytes: number): string {
  const mine = runs.filter((run) => run.case === contest.name);
  const names = contest.contestants
    .map(({ name }) => name)
    .filter((name) => mine.some((r) => r.contestant === name));
  const rows = names.map((name) => {
    const of = mine.filter((run) => run.contestant === name);
    const walls = of.map((run) => run.wallSeconds);
    const read = of[0].readBytes;
    return [
      name,
      median(walls).toFixed(2),
      `${(100 * spread(walls)).toFixed(0)} %`,
      (sizeBytes / GIB / median(walls)).toFixed(2),
      median(of.map((run) => run.cpuSeconds)).toFixed(2),
      Math.max(...of.map((run) => run.peakMiB)).toFixed(0),
      read === undefined ? '' : mebibytes(read),
      mebibytes(of[0].storedBytes),
    ];
  });
  const head = ['', 'seconds', '±', 'GiB of disk/s', 'CPU s', 'peak MiB', 'read MiB', 'stored MiB'];
  return `### ${contest.title}\n\n${table(head, rows)}`;
}

const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0);

export function targetTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(({ case: on, ours, against, quantity, least, aim, ratio, verdict }) => [
    `${on}: ${ours}`,
    against.join(' or '),
    quantity,
    String(least),
    String(aim),
    ratio === undefined ? '' : ratio.toFixed(2),
    verdict,
  ]);
  const head = ['ours', 'against', 'quantity', 'at least', 'aim', 'ratio', ''];
  return `### Targets\n\n${table(head, rows)}`;
}

export function indexTable(times: readonly IndexTimes[]): string {
  const rows = times.map(({ title, changed, indexMs, scanMs, queryUs }) => [
    title,
    changed.toLocaleString('en'),
    indexMs.toFixed(0),
    scanMs.toFixed(0),
    queryUs.toFixed(2),
  ]);
  const head = [
    '16 TiB disk, 268 million blocks',
    'changed',
    'index ms',
    'scan to extents ms',
    'count of a range µs',
  ];
  return `### Heatmap index\n\n${table(head, rows)}`;
}

/** Puts the tables between the two marks of a page that say what they are about. @throws Error when it has none. */
export function replaceTables(file: string, tables: string, about = 'tables'): void {
  const page = readFileSync(file, 'utf8');
  const marks = [`<!-- ${about} of the last run -->`, `<!-- end of the ${about} -->`] as const;
  const [from, to] = marks.map((mark) => page.indexOf(mark));
  if (from < 0 || to < from) throw new Error(`${file} has no marks for the ${about}`);
  writeFileSync(file, `${page.slice(0, from)}${marks[0]}\n\n${tables}\n\n${page.slice(to)}`);
}
