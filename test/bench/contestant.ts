import type { NbdServer } from '../fixtures/nbd-servers';
import type { Command } from './measure';
import type { Transport } from './servers';
import type { ChangedBlocks } from './source-disk';

/** What every contestant may use. Files lie in `folder`. */
export interface Arena {
  readonly folder: string;
  /** A folder on a real disk. */
  readonly diskFolder: string;
  readonly disk: string;
  readonly sizeBytes: number;
  readonly changed: ChangedBlocks;
  /** Folder with `ca-cert.pem`. */
  readonly tlsFolder: string;
  /** Images of the same size that increments build on, by format. */
  readonly bases: Readonly<Record<'vhd' | 'qcow2', string>>;
  readonly programs: Programs;
}

/** Programs that were found or made for this run; undefined: left out. */
export interface Programs {
  readonly cli: string;
  readonly electron: string | undefined;
  readonly xenOrchestra: string | undefined;
  readonly readExtents: string | undefined;
  readonly keepWarm: string | undefined;
}

export type ImageKind = 'raw' | 'vhd' | 'qcow2';

export interface Contestant {
  /** For example `deltascope vhd`. */
  readonly name: string;
  /** What it writes; `none`: it only reads. */
  readonly writes: ImageKind | 'none';
  /** Whether the output is a full image that must equal the disk. */
  readonly isFull: boolean;
  /** Undefined: it is not there. */
  command(arena: Arena, server: NbdServer, transport: Transport, output: string): Command | undefined;
}
