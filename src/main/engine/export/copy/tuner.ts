import { performance } from 'node:perf_hooks';

/** Something of which more may make reading faster. */
export interface Knob {
  /** The rate with more of it, as a multiple of the rate before, from which on it stays. */
  readonly leastGain: number;
  /** One step more; returns what was done, for the log, or undefined when there is no more. */
  more(): Promise<string | undefined>;
  /** Takes the last step back; undefined when it stays. */
  less(): Promise<string | undefined>;
}

export interface TunerOptions {
  /** Called with what was decided, for the log. */
  readonly onDecision?: (text: string) => void;
  /** Monotonic time in ms. */
  readonly now?: () => number;
  /** Share of the time since the last call in which this thread had work, 0 to 1. */
  readonly load?: () => number;
}

const WINDOW_MS = 500;
/** Windows until all is tried again: what a server can do changes with its other work. */
const REST = 60;
/** A thread with more to do than this would not read faster whatever it asked for. */
const BUSY = 0.75;

/**
 * Turns one knob after the other, each as long as a step makes reading faster, takes the last step back when it did not,
 * and rests when all have been tried.
 */
export class Tuner {
  private readonly now: () => number;
  private readonly load: () => number;
  private windowStart: number;
  private windowBytes = 0;
  /** A step that is being judged, and the rate before it. */
  private trial: { readonly knob: Knob; readonly before: number } | undefined;
  private turn = 0;
  private rest = 0;
  private changing = false;

  constructor(
    private readonly knobs: readonly Knob[],
    private readonly options: TunerOptions = {},
  ) {
    this.now = options.now ?? (() => performance.now());
    this.load = options.load ?? threadLoad();
    this.windowStart = this.now();
  }

  /** So many bytes were read. */
  got(bytes: number): void {
    this.windowBytes += bytes;
    const elapsed = this.now() - this.windowStart;
    if (elapsed < WINDOW_MS || this.changing) return;
    this.judge(this.windowBytes / elapsed);
    this.startWindow();
  }

  private judge(rate: number): void {
    const load = this.load();
    const { trial } = this;
    this.trial = undefined;
    if (trial && rate < trial.before * trial.knob.leastGain) {
      this.turn++;
      void this.change(() => trial.knob.less());
    } else if (this.rest > 0) this.rest--;
    else if (load <= BUSY) void this.change(() => this.tryMore(rate));
  }

  private async tryMore(before: number): Promise<string | undefined> {
    for (; this.turn < this.knobs.length; this.turn++) {
      const knob = this.knobs[this.turn];
      const done = await knob.more();
      if (done === undefined) continue;
      this.trial = { knob, before };
      return done;
    }
    this.turn = 0;
    this.rest = REST;
    return undefined;
  }

  private async change(work: () => Promise<string | undefined>): Promise<void> {
    this.changing = true;
    const done = await work();
    if (done !== undefined) this.options.onDecision?.(done);
    this.changing = false;
    this.startWindow();
  }

  private startWindow(): void {
    this.windowStart = this.now();
    this.windowBytes = 0;
  }
}

function threadLoad(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}
