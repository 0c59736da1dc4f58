import type { Command } from 'commander';
import type { StartCopy } from '../engine/export/copy/worker-client';
import type { CliIo } from './io';

/** Files that only the composition root knows: bundled workers and the demo disks. */
export interface CliFiles {
  readonly libraryWorker: URL;
  readonly demoPoolWorker: URL;
  /** Folder with the compressed demo disks. */
  readonly demoDisks: string;
}

/** What every command gets. */
export interface CliContext {
  readonly io: CliIo;
  readonly files: CliFiles;
  readonly startCopy: StartCopy;
  /** Sets the exit code of a command that ends without a failure, for example a verification that found faults. */
  readonly setExitCode: (code: number) => void;
}

/** Adds one command to the program. */
export type AddCommand = (program: Command, context: CliContext) => void;

/** One line of JSON on stdout. */
export const jsonLine = (io: CliIo, value: object): void => io.out(`${JSON.stringify(value)}\n`);
