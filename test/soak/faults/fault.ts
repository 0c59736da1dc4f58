import type { ExportRequest } from '../../../src/shared/model/export-plan';
import type { Control } from '../control';
import type { DemoProcess } from '../demo-process';
import type { Random } from '../random';
import type { Target } from '../target';

/** The export, or exports, under way. */
export interface Running {
  /** True once such a share of the data was read; false when all was over before. */
  reached(share: number): Promise<boolean>;
  /** True after so many milliseconds; false when all was over before. */
  after(milliseconds: number): Promise<boolean>;
  cancel(): void;
  pause(): void;
  resume(): void;
  /** Ends the copy workers, or the whole process, without a word. */
  kill(): void;
}

export interface Scene {
  readonly random: Random;
  readonly control: Control;
  readonly demo: DemoProcess;
  readonly target: Target;
  /** Uuids of the disks that are exported. */
  readonly diskUuids: readonly string[];
}

/** An interrupted job, as it lies on disk. */
export interface Wreck {
  readonly jobsFolder: string;
  readonly jobId: string;
  /** All files below the target folder. */
  readonly files: readonly string[];
}

export interface Fault {
  /** How often it is drawn, beside the others. 2 when absent. */
  readonly weight?: number;
  /** Who carries the export out: the long-lived engine, a process of its own, or either. */
  readonly via: 'engine' | 'process' | 'either';
  readonly mode?: ExportRequest['mode'];
  /** What must become of the export in the end: `clear` is done, or failed with a clear word. */
  readonly ends: 'done' | 'clear' | 'cancelled';
  /** Mounts are needed. */
  readonly needsRoot?: true;
  before?(scene: Scene): Promise<void>;
  /** Begins with the export. Must come to its end when the export does. */
  during?(scene: Scene, running: Running): Promise<void>;
  /** While the job is interrupted. */
  between?(wreck: Wreck, random: Random): Promise<void>;
  /** What is done with an interrupted job. */
  readonly then?: 'resume' | 'cancel';
  /** The process is ended so many times more while it resumes. */
  readonly killsAgain?: number;
  /** The journal may be beyond use: then its leftovers are cleaned by the command for it. */
  readonly mayLoseJob?: true;
}
