import { appendFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { jobLogEntrySchema, type JobLogEntry } from '../../../shared/model/job';

const MOST_KEPT = 2000;

/** The log of each job: JSON lines beside the journals. Lines are told as they come; losing the last ones is fine. */
export class JobLogs {
  constructor(private readonly folder: string) {}

  add(entry: JobLogEntry): void {
    appendFileSync(this.#path(entry.jobId), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  }

  /** The newest lines, oldest first. */
  async read(jobId: string): Promise<JobLogEntry[]> {
    const text = await readFile(this.#path(jobId), 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw error;
    });
    const entries: JobLogEntry[] = [];
    for (const line of text.split('\n').slice(-MOST_KEPT - 1)) {
      const entry = line === '' ? undefined : jobLogEntrySchema.safeParse(parse(line));
      if (entry?.success) entries.push(entry.data);
    }
    return entries;
  }

  remove(jobId: string): Promise<void> {
    return rm(this.#path(jobId), { force: true });
  }

  #path(jobId: string): string {
    return join(this.folder, `${jobId}.log`);
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
