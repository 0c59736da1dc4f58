import { existsSync, readdirSync } from 'node:fs';

const MIB = 1024 * 1024;
/** A long-lived engine may grow by so much from the second third of a soak to the last. */
const MOST_GROWTH = 96 * MIB;
const LEAST_SAMPLES = 60;

/**
 * Follows what this process, in which the long-lived engine runs, takes of the machine. What nobody holds any more is
 * collected first: V8 leaves it lying about while there is room, which looks like growth. Needs `--expose-gc`.
 */
export class Memory {
  readonly #rss: number[] = [];
  readonly #descriptors: number[] = [];

  sample(): void {
    if (!globalThis.gc) throw new Error('Memory is measured with --expose-gc only.');
    globalThis.gc();
    this.#rss.push(process.memoryUsage().rss);
    if (existsSync('/proc/self/fd')) this.#descriptors.push(readdirSync('/proc/self/fd').length);
  }

  describe(): string {
    const [first, second, last] = thirds(this.#rss).map((rss) => `${Math.round(rss / MIB)} MiB`);
    const files = thirds(this.#descriptors).join(', ');
    const most = Math.round(Math.max(...this.#rss) / MIB);
    return `Memory of the long-lived engine, median of each third: ${first}, ${second}, ${last}; at most ${most} MiB. Open files: ${files}.`;
  }

  /** Undefined: it does not grow, or the soak was too short to tell. */
  fault(): string | undefined {
    if (this.#rss.length < LEAST_SAMPLES) return undefined;
    const [, second, last] = thirds(this.#rss);
    return last - second > MOST_GROWTH
      ? `the engine grew by ${Math.round((last - second) / MIB)} MiB`
      : undefined;
  }
}

const thirds = (values: readonly number[]): number[] => {
  const size = Math.max(1, Math.floor(values.length / 3));
  return [0, 1, 2].map((part) =>
    median(values.slice(part * size, part === 2 ? undefined : (part + 1) * size)),
  );
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
