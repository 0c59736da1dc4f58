import { describe, expect, it } from 'vitest';
import { CBT_BLOCK_SIZE } from '../../../shared/blocks/extent';
import { XapiError } from '../rpc/xapi-error';
import { CbtLogs } from './cbt-logs';

const SIZE = 16 * CBT_BLOCK_SIZE;

/** A tracked disk `live` with snapshots s1, s2, s3; block n was written before snapshot n (0 before s1). */
function chain(): CbtLogs {
  const logs = new CbtLogs();
  logs.enable('live', SIZE);
  for (const [block, snapshot] of [
    [0, 's1'],
    [1, 's2'],
    [4, 's3'],
  ] as const) {
    logs.mark('live', block * CBT_BLOCK_SIZE, 512);
    logs.snapshot('live', snapshot);
  }
  return logs;
}

const bytes = (logs: CbtLogs, from: string, to: string) => [...logs.changedBlocks(from, to)];

function failure(run: () => unknown): readonly string[] {
  try {
    run();
  } catch (error) {
    if (error instanceof XapiError) return [error.code, ...error.params];
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('CbtLogs', () => {
  it('keeps bits least significant first in the log and answers them most significant first', () => {
    const logs = chain();
    // Block 1 of s1→s2: 0b0000_0010 in the log, 0b0100_0000 on the API; neither byte is its own mirror image.
    expect(logs.get('s2')?.bitmap[0]).toBe(0b0000_0010);
    expect(bytes(logs, 's1', 's2')).toEqual([0b0100_0000, 0]);
    expect(bytes(logs, 's2', 's3')).toEqual([0b0000_1000, 0]);
  });

  it('counts what changed after the first disk up to and including the second', () => {
    const logs = chain();
    logs.mark('live', 9 * CBT_BLOCK_SIZE, 512);
    expect(bytes(logs, 's1', 's3')).toEqual([0b0100_1000, 0]);
    expect(bytes(logs, 's1', 'live')).toEqual([0b0100_1000, 0b0100_0000]);
  });

  it('marks every block that a write touches', () => {
    const logs = new CbtLogs();
    logs.enable('a', SIZE);
    logs.snapshot('a', 's');
    logs.mark('a', 2 * CBT_BLOCK_SIZE - 512, 1024);
    logs.mark('a', 5 * CBT_BLOCK_SIZE, 11 * CBT_BLOCK_SIZE);
    logs.mark('a', 0, 0);
    expect(bytes(logs, 's', 'a')).toEqual([0b0110_0111, 0xff]);
  });

  it('refuses the same disk, the wrong order, disks of other chains and disks without a log', () => {
    const logs = chain();
    logs.enable('other', SIZE);
    const text = 'Failed to calculate changed blocks for given VDIs [opterr=Source and target VDI are';
    expect(failure(() => logs.changedBlocks('s1', 's1'))).toEqual([
      'SR_BACKEND_FAILURE_460',
      '',
      `${text} same]`,
      '',
    ]);
    for (const [from, to] of [
      ['s2', 's1'],
      ['s1', 'other'],
      ['s1', 'missing'],
      ['missing', 's1'],
    ] as const) {
      expect(failure(() => logs.changedBlocks(from, to))).toEqual([
        'SR_BACKEND_FAILURE_460',
        '',
        `${text} unrelated]`,
        '',
      ]);
    }
  });

  it('closes the chain over a destroyed snapshot and keeps its marks', () => {
    const logs = chain();
    logs.destroy('s2');
    expect(bytes(logs, 's1', 's3')).toEqual([0b0100_1000, 0]);
    logs.destroy('s3');
    expect(bytes(logs, 's1', 'live')).toEqual([0b0100_1000, 0]);
  });

  it('breaks at the live disk when tracking is disabled, and starts anew when enabled again', () => {
    const logs = chain();
    logs.disable('live');
    expect(bytes(logs, 's1', 's3')).toEqual([0b0100_1000, 0]);
    expect(failure(() => logs.changedBlocks('s3', 'live'))[0]).toBe('SR_BACKEND_FAILURE_460');
    logs.enable('live', SIZE);
    expect(failure(() => logs.changedBlocks('s3', 'live'))[0]).toBe('SR_BACKEND_FAILURE_460');
    logs.snapshot('live', 's4');
    expect(failure(() => logs.changedBlocks('s3', 's4'))[0]).toBe('SR_BACKEND_FAILURE_460');
  });

  it('does not mark the grown part of a disk and answers in the length of the last log', () => {
    const logs = chain();
    logs.resize('live', SIZE + 8 * CBT_BLOCK_SIZE);
    logs.snapshot('live', 's4');
    expect(bytes(logs, 's1', 's4')).toEqual([0b0100_1000, 0, 0]);
  });

  it('calls a log inconsistent when the disk grew but its bitmap did not', () => {
    const logs = new CbtLogs();
    logs.enable('a', 15 * CBT_BLOCK_SIZE);
    logs.snapshot('a', 's1');
    logs.snapshot('a', 's2');
    logs.resize('a', 16 * CBT_BLOCK_SIZE);
    logs.snapshot('a', 's3');
    expect(failure(() => logs.changedBlocks('s1', 's3'))).toEqual([
      'SR_BACKEND_FAILURE_459',
      '',
      'Changed block tracking log is in an inconsistent state [opterr=Inconsistent bitmaps]',
      '',
    ]);
    expect(bytes(logs, 's2', 's3')).toEqual([0, 0]);
  });
});
