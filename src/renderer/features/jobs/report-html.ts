import type { Job, JobDisk, JobLogEntry } from '../../../shared/model/job';
import { formatBytes, formatDateTime, formatDuration, formatTime } from '../../platform/format';
import { hasCounters, sumProgress } from '../../stores/job-progress';
import { JOB_STATES, PHASES } from './job-states';

const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const row = (cells: readonly string[], tag = 'td'): string =>
  `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  `<table><thead>${row(head, 'th')}</thead><tbody>${rows.map((cells) => row(cells)).join('')}</tbody></table>`;

const factsTable = (facts: readonly (readonly string[])[]): string =>
  `<table>${facts.map(([name = '', value = '']) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`).join('')}</table>`;

const seconds = (from: string | undefined, to: string | undefined): string =>
  from === undefined || to === undefined ? '' : formatDuration((Date.parse(to) - Date.parse(from)) / 1000);

function disk({ diskName, mode, reason, phases, progress, outcome }: JobDisk): string {
  const facts = [
    ['Mode', mode],
    ['Reason', reason],
    ...(progress === undefined
      ? []
      : [
          ['To read', formatBytes(progress.totalBytes)],
          ['Read', formatBytes(progress.readBytes)],
          ['Written', formatBytes(progress.writtenBytes)],
          ['Zero, not written', formatBytes(progress.zeroBytes)],
          ['Equal to the base, left out', formatBytes(progress.equalBytes)],
          ['Retries', String(progress.retries)],
        ]),
    ...(outcome?.manifestPath === undefined ? [] : [['Manifest', outcome.manifestPath]]),
    ...(outcome?.failure === undefined
      ? []
      : [['Failure', `${outcome.failure.message} ${outcome.failure.nextStep}`]]),
  ];
  const steps = phases.map(({ name, state, startedAt, endedAt, note }) => [
    PHASES[name],
    state,
    startedAt === undefined ? '' : formatTime(startedAt),
    seconds(startedAt, endedAt),
    note ?? '',
  ]);
  return `<h2>${escape(diskName)}</h2>${factsTable(facts)}${table(['Phase', 'State', 'Began', 'Took', 'Note'], steps)}`;
}

/** A job's report for people: one page that needs nothing else. */
export function htmlReport(job: Job, log: readonly JobLogEntry[]): string {
  const { readBytes, writtenBytes } = sumProgress(job);
  const facts = [
    ['State', JOB_STATES[job.state].text],
    ['Created', formatDateTime(job.createdAt)],
    ['Took', seconds(job.startedAt, job.endedAt)],
    ['Target', job.request.targetFolder],
    ['Format', job.request.format],
    ...(hasCounters(job)
      ? [
          ['Read in all', formatBytes(readBytes)],
          ['Written in all', formatBytes(writtenBytes)],
        ]
      : []),
    ...(job.failure === undefined ? [] : [['Failure', `${job.failure.message} ${job.failure.nextStep}`]]),
    ...(job.leftBehind === undefined
      ? []
      : [['Left on the pool', `${job.leftBehind.failure.message} ${job.leftBehind.failure.nextStep}`]]),
  ];
  const lines = log.map(({ at, level, text }) => [formatDateTime(at), level, text]);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(job.title)}</title>
<style>
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 0 0 1.5rem; width: 100%; }
th[scope=row] { width: 16rem; font-weight: 500; }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; }
</style></head><body>
<h1>${escape(job.title)}</h1>
${factsTable(facts)}
${job.disks.map(disk).join('\n')}
<h2>Log</h2>
${table(['Time', 'Level', 'Text'], lines)}
</body></html>
`;
}
