import type { CopyProgress } from '../../../shared/model/job';
import type { CliIo } from '../io';
import { formatBytes, formatDuration } from './units';

/** One line on stderr that is drawn over itself; silent when stderr is not a terminal. */
export class ProgressBar {
  #label: string;
  /** Seconds on the process's clock, which costs nothing to load. */
  #started = process.uptime();
  #startedAt = 0;
  #drawn = false;

  constructor(
    private readonly io: CliIo,
    label: string,
  ) {
    this.#label = label;
  }

  /** A new label starts the measurement of the rate anew. */
  draw(progress: Pick<CopyProgress, 'readBytes' | 'totalBytes'>, label = this.#label): void {
    if (label !== this.#label) {
      this.#label = label;
      this.#started = process.uptime();
      this.#startedAt = 0;
    }
    if (!this.io.interactive || progress.totalBytes === 0) return;
    if (this.#startedAt === 0) this.#startedAt = progress.readBytes;
    const share = Math.min(1, progress.readBytes / progress.totalBytes);
    const seconds = process.uptime() - this.#started;
    const rate = seconds > 0 ? (progress.readBytes - this.#startedAt) / seconds : 0;
    const left = rate > 0 ? formatDuration((progress.totalBytes - progress.readBytes) / rate) : '…';
    const numbers = ` ${String(Math.floor(share * 100)).padStart(3)} %  ${formatBytes(progress.readBytes)} of ${formatBytes(progress.totalBytes)}  ${formatBytes(Math.round(rate))}/s  ${left} left`;
    const width = Math.max(10, Math.min(40, this.io.columns - label.length - numbers.length - 4));
    const full = Math.round(width * share);
    const [on, off] = this.io.unicode ? ['█', '░'] : ['#', '.'];
    this.io.err(`\r\x1b[K${label} ${on.repeat(full)}${off.repeat(width - full)}${numbers}`);
    this.#drawn = true;
  }

  /** Takes the line away again. */
  clear(): void {
    if (this.#drawn) this.io.err('\r\x1b[K');
    this.#drawn = false;
  }
}
