import type { Fault } from './fault';
import { killFaults } from './killed';
import { targetFaults } from './target';
import { willFaults } from './will';
import { callFaults, nbdFaults } from './wire';

export type { Fault, Running, Scene, Wreck } from './fault';

const all: Readonly<Record<string, Fault>> = {
  ...willFaults,
  ...nbdFaults,
  ...callFaults,
  ...killFaults,
  ...targetFaults,
};

const isRoot = process.getuid?.() === 0;

/** By name; those that need root's rights only where there are. */
export const faults: Readonly<Record<string, Fault>> = Object.fromEntries(
  Object.entries(all).filter(([, { needsRoot }]) => isRoot || needsRoot !== true),
);

export const faultNames = Object.keys(faults);
