import type { Programs } from './contestant';
import type { Command } from './measure';

/** What runs a JavaScript program: this Node, or the Node inside Electron, where streams and timers are others. */
export type Runtime = 'node' | 'electron';

export function runIn(
  runtime: Runtime,
  { electron }: Programs,
  args: readonly string[],
): Command | undefined {
  if (runtime === 'node') return { program: process.execPath, args };
  return electron === undefined ? undefined : { program: electron, args, env: { ELECTRON_RUN_AS_NODE: '1' } };
}
