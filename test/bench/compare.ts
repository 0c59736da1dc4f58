import type { Run } from './run-case';
import { median } from './statistics';
import type { Quantity, Target } from './targets';

export interface Outcome extends Target {
  /** Median over the rounds; undefined when somebody was missing. */
  readonly ratio: number | undefined;
  readonly verdict: 'aim' | 'met' | 'missed' | 'not measured';
}

const MEASURE: Record<Quantity, (run: Run) => number | undefined> = {
  time: (run) => run.wallSeconds,
  CPU: (run) => run.cpuSeconds,
  'bytes read': (run) => run.readBytes,
  'bytes written': (run) => run.storedBytes,
};

/** How many times better ours is than the best of the others, as the median of the rounds' ratios. */
export function judge(target: Target, runs: readonly Run[]): Outcome {
  const valueOf = MEASURE[target.quantity];
  const value = (contestant: string, round: number): number | undefined => {
    const run = runs.find(
      (one) => one.case === target.case && one.contestant === contestant && one.round === round,
    );
    return run && valueOf(run);
  };
  const ratios: number[] = [];
  for (const round of new Set(runs.map((one) => one.round))) {
    const ours = value(target.ours, round);
    const others = target.against.map((name) => value(name, round));
    if (ours === undefined || others.some((other) => other === undefined)) continue;
    ratios.push(Math.min(...(others as number[])) / ours);
  }
  if (ratios.length === 0) return { ...target, ratio: undefined, verdict: 'not measured' };
  const ratio = median(ratios);
  return {
    ...target,
    ratio,
    verdict: ratio >= target.aim ? 'aim' : ratio >= target.least ? 'met' : 'missed',
  };
}
