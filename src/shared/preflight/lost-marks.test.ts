import { describe, expect, it } from 'vitest';
import type { VmMessage, Writer } from './facts';
import { whyMarksLost } from './lost-marks';

const BASE = '2026-03-10T12:00:00.000Z';
/** Up all the time; started again since the base; started so near to it that clocks may lie; down. */
const HOSTS = {
  good: '2026-01-01T00:00:00.000Z',
  again: '2026-03-10T18:00:00.000Z',
  near: '2026-03-10T11:58:00.000Z',
  down: undefined,
};
/** `day host what`; the base was taken on the 10th. */
const told = (text: string): VmMessage => {
  const [day, host, what] = text.split(' ');
  const at = `2026-03-${day}T13:00:00.000Z`;
  return { name: `VM_${what}`, at, ...(host === '-' ? {} : { hostUuid: host }) };
};
const vm = (running: boolean, ...messages: string[]): Writer => ({
  vmName: 'db',
  running,
  messages: messages.map(told),
});
const why = (writers: Writer[], hostsUpSince: Readonly<Record<string, string | undefined>> = HOSTS) =>
  whyMarksLost(
    { resetsOnBoot: false, sharable: false, raw: false, cbtMessages: [], writers, hostsUpSince },
    BASE,
  );

describe('marks may be lost', () => {
  it.each<[string, Writer]>([
    ['the VM ran, does not any more, and its host was started again', vm(false, '01 again STARTED')],
    ['its host is down', vm(false, '01 down STARTED')],
    ['its host is no longer in the pool', vm(false, '01 gone STARTED')],
    ['its host was started so near to the base that clocks may lie', vm(false, '01 near STARTED')],
    ['it was started after the base', vm(false, '11 again STARTED')],
    ['it was moved to that host', vm(false, '01 good STARTED', '11 again MIGRATED')],
    ['it was rebooted there meanwhile', vm(false, '01 again STARTED', '11 - REBOOTED')],
    ['it was resumed there', vm(false, '01 good STARTED', '02 - SUSPENDED', '03 again RESUMED')],
    ['it was started anew elsewhere', vm(true, '01 again STARTED', '11 good STARTED')],
    ['it was started anew, and shut down', vm(false, '01 again STARTED', '11 good STARTED', '12 - SHUTDOWN')],
    ['it is not told where or whether it ran', vm(false)],
    ['it was started anew, and nothing is told of before', vm(true, '11 good STARTED')],
  ])('%s', (_, writer) => {
    expect(why([writer])).toMatch(/^The VM db is not known/);
    expect(why([vm(true), writer])).toMatch(/^The VM db is not known/);
  });

  it('the VM was reverted to a snapshot, whatever came then', () => {
    const reverted = ['01 good STARTED', '11 - SNAPSHOT_REVERTED'];
    for (const writer of [vm(false, ...reverted), vm(true, ...reverted, '12 good STARTED')])
      expect(why([vm(true), writer])).toBe('The VM db was reverted to a snapshot');
  });

  it('by a disk without a VM, when any host was away', () => {
    expect(why([])).toMatch(/^A host was restarted/);
    expect(why([], { good: HOSTS.good })).toBeUndefined();
  });
});

describe('marks are not lost', () => {
  it.each<[string, Writer]>([
    ['it runs on', vm(true, '01 again STARTED')],
    ['it runs, and nothing is told', vm(true)],
    ['it was shut down', vm(false, '01 again STARTED', '11 - SHUTDOWN')],
    ['it was shut down before the base', vm(false, '01 again STARTED', '02 - SHUTDOWN')],
    ['it was suspended', vm(false, '01 again STARTED', '11 - SUSPENDED')],
    ['it was shut down and started', vm(true, '01 again STARTED', '11 - SHUTDOWN', '12 again STARTED')],
    ['it was rebooted', vm(true, '01 again STARTED', '11 - REBOOTED')],
    ['it powered off by itself: its host was up', vm(false, '01 good STARTED')],
    ['it powered off by itself and was started again', vm(true, '01 good STARTED', '11 again STARTED')],
    ['it was moved away before', vm(false, '01 again STARTED', '02 good MIGRATED')],
    [
      'it was reverted before the base',
      vm(true, '01 again STARTED', '02 - SNAPSHOT_REVERTED', '11 again STARTED'),
    ],
    ['it was started anew before the base', vm(true, '01 again STARTED', '02 good STARTED')],
  ])('%s', (_, writer) => {
    expect(why([writer])).toBeUndefined();
  });

  it('nothing is told of a VM that does not run, but all hosts were up', () => {
    expect(why([vm(false)], { good: HOSTS.good })).toBeUndefined();
  });
});
