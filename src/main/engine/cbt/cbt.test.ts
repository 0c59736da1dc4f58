import { describe, expect, it } from 'vitest';
import { FailureError } from '../../../shared/model/failure';
import { LongText } from '../xapi';
import { decodeBitmap } from './changed-blocks';
import { whileBusy } from './while-busy';

const failure = (code: string) => new FailureError({ code, message: code, nextStep: '' });

describe('a bitmap from the pool', () => {
  const base64 = (...bytes: number[]) => Buffer.from(bytes).toString('base64');
  const block = 65_536;

  it('covers the disk exactly', () => {
    expect([...decodeBitmap(base64(0b1000_0001, 0x80), 9 * block)]).toEqual([0x81, 0x80]);
    expect([...decodeBitmap(base64(0b1000_0001), 8 * block - 5)]).toEqual([0x81]);
  });

  it('is decoded in the place of its text when that is long', () => {
    const bitmap = Buffer.alloc(100_001, 0x5a);
    const decoded = (text: string) => [...decodeBitmap(new LongText(Buffer.from(text)), 8 * 100_001 * block)];
    expect(decoded(bitmap.toString('base64'))).toEqual([...bitmap]);
    const broken = bitmap.toString('base64').split('');
    broken[50_000] = '=';
    expect(() => decoded(broken.join(''))).toThrow(FailureError);
  });

  it.each([
    ['too short', base64(1), 9 * block],
    ['of a longer disk', base64(1, 0), 8 * block],
    ['in smaller blocks', base64(...Array<number>(16).fill(1)), 8 * block],
    ['no base64', '****', block],
    ['empty', '', block],
  ])('is refused when it is %s', (_, text, size) => {
    expect(() => decodeBitmap(text, size)).toThrow(
      expect.objectContaining({ failure: expect.objectContaining({ code: 'change-log-inconsistent' }) }),
    );
  });
});

describe('waiting for a busy disk', () => {
  const clock = () => {
    const pauses: number[] = [];
    return { pauses, now: () => new Date(), sleep: async (ms: number) => void pauses.push(ms) };
  };
  const busyTimes = (times: number, code = 'disk-in-use') => {
    let calls = 0;
    return async () => {
      if (++calls <= times) throw failure(code);
      return calls;
    };
  };

  it('pauses longer each time and ends with success', async () => {
    const time = clock();
    expect(await whileBusy({ clock: time, patience: 60_000 }, busyTimes(7))).toBe(8);
    expect(time.pauses).toEqual([100, 200, 400, 800, 1600, 3200, 5000]);
  });

  it('ends when patience is over, never waiting longer in all', async () => {
    const time = clock();
    await expect(whileBusy({ clock: time, patience: 3000 }, busyTimes(99))).rejects.toMatchObject({
      failure: { code: 'disk-in-use' },
    });
    expect(time.pauses.reduce((a, b) => a + b)).toBe(3000);
  });

  it('does not repeat what will not pass, nor after a cancellation', async () => {
    const time = clock();
    await expect(whileBusy({ clock: time, patience: 60_000 }, busyTimes(1, 'object-gone'))).rejects.toThrow();
    const signal = AbortSignal.abort();
    await expect(whileBusy({ clock: time, patience: 60_000, signal }, busyTimes(1))).rejects.toThrow();
    expect(time.pauses).toEqual([]);
  });
});
