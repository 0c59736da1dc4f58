import { appendFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toFailure, type Failure } from '../../../shared/model/failure';
import { jobLogEntrySchema, type JobLogEntry } from '../../../shared/model/job';
import { mapHomeError } from './home-failures';

const MOST_KEPT = 2000;

/** The log of each job: JSON lines beside the journals. Lines are told as they come; losing the last ones is fine. */
export class JobLogs {
  /** Logs whose last line may be half a line. */
  readonly #torn = new Set<string>();

  constructor(private readonly folder: string) {}

  /** No export fails for its log. @returns why lines are not kept, when that begins. */
  add(entry: JobLogEntry): Failure | undefined {
    const path = this.#path(entry.jobId);
    const line = `${JSON.stringify(entry)}\n`;
    try {
      appendFileSync(path, this.#torn.has(path) ? `\n${line}` : line, { mode: 0o600 });
      this.#torn.delete(path);
      return undefined;
    } catch (error) {
      if (this.#torn.has(path)) return undefined;
      this.#torn.add(path);
      return toFailure(mapHomeError(error, path));
    }
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
