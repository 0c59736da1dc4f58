import { describe, expect, it } from 'vitest';
import type { DiskUse, HostUse, Writer } from '../model/disk-use';
import type { VmMessage } from './facts';
import { whyMarksLost } from './lost-marks';

const TAKEN = '2026-03-10T12:00:00.000Z';
const up = (uuid: string): HostUse => ({
  uuid,
  name: uuid,
  upSince: '2026-01-01T00:00:00.000Z',
  agentSince: '2026-01-01T00:02:00.000Z',
});
const startedAgain = (uuid: string): HostUse => ({
  uuid,
  name: uuid,
  upSince: '2026-03-10T18:00:00.000Z',
  agentSince: '2026-03-10T18:02:00.000Z',
});
const down = (uuid: string): HostUse => ({ uuid, name: uuid });
const halted = (vm = 'db', newestMessage?: string): Writer => ({
  vbdUuid: `vbd of ${vm}`,
  vmUuid: vm,
  vmName: vm,
  ...(newestMessage === undefined ? {} : { newestMessage }),
});
const on = (host: string, domain = 7, newestMessage?: string): Writer => ({
  ...halted('db', newestMessage),
  runs: { hostUuid: host, domain },
});
const use = (hosts: HostUse[], ...writers: Writer[]): DiskUse => ({ coordinator: up('c'), hosts, writers });
const led = (coordinator: HostUse | undefined, rest: DiskUse): DiskUse => ({ ...rest, coordinator });
const both = [up('a'), up('b')];
/** `vm day name` */
const told = (text: string): VmMessage & { vm: string } => {
  const [vm, day, name] = text.split(' ');
  return { vm, uuid: text, name: `VM_${name}`, at: `2026-03-${day}T13:00:00.000Z` };
};
const why = (then: DiskUse, now: DiskUse, ...messages: string[]) => {
  const all = messages.map(told);
  return whyMarksLost({ use: now, messagesOf: (uuid) => all.filter(({ vm }) => vm === uuid) }, then, TAKEN);
};
const START = 'db 01 STARTED';
const REVERT = 'db 11 SNAPSHOT_REVERTED';

describe('marks may be lost', () => {
  const again = /^The host a was restarted, went down or does not say since when it is up$/;
  const crashed = [startedAgain('a'), up('b')];
  it.each<[string, DiskUse, DiskUse, string[], RegExp]>([
    ['its VM ran on a host that was started again', use(both, on('a')), use(crashed, halted()), [], again],
    ['it runs there again', use(both, on('a')), use(crashed, on('a', 8)), [START, 'db 11 STARTED'], again],
    ['with the same number', use(both, on('a')), use(crashed, on('a')), [START], again],
    ['it runs elsewhere', use(both, on('a')), use(crashed, on('b', 8)), [START, 'db 11 STARTED'], again],
    ['its end was told, perhaps after the crash', use(both, on('a', 7, START)), use(crashed, halted()), [START, 'db 11 SHUTDOWN'], again],
    ['it was moved away, perhaps not in time', use(both, on('a', 7, START)), use(crashed, on('b', 3)), [START, 'db 11 MIGRATED'], again],
    ['it did not run, and another VM may have had the disk', use(both, halted()), use(crashed, halted()), [], again],
    ['the disk was given to another VM', use(both, on('a')), use(crashed, halted('web', 'web 01 SHUTDOWN')), ['web 01 SHUTDOWN'], again],
    ['the other VM runs', use(both, on('a')), use(crashed, { ...on('b'), vbdUuid: 'vbd of web' }), [], again],
    ['it was given to no VM', use(both, on('a')), use(crashed), [], again],
    ['no VM ever had it', use(both), use(crashed), [], again],
    ['its host is down', use(both, on('a')), use([down('a'), up('b')], on('a')), [], again],
    ['a host was down, and is', use([down('a'), up('b')], halted()), use([down('a'), up('b')], halted()), [], again],
    ['a host left the pool', use(both, on('a')), use([up('b')], halted()), [], /^The host a was taken off/],
    ['a host joined it', use([up('b')], halted()), use(both, halted()), [], /^The host a was connected/],
    ['no host is known', use([], halted()), use([], halted()), [], /^No host/],
    ['the coordinator was started again, and may have forgotten a move', use(both, on('a')), led(startedAgain('c'), use(both, on('a'))), [], /^The pool’s coordinator c was restarted/],
    ['or that another host was started again', use(both, halted()), led(startedAgain('c'), use(both, halted())), [], /^The pool’s coordinator c was restarted/],
    ['the coordinator is down', use(both, on('a')), led(down('c'), use(both, on('a'))), [], /^The pool’s coordinator c was restarted, went down/],
    ['another host is the coordinator', use(both, on('a')), led(up('a'), use(both, on('a'))), [], /^The pool’s coordinator became a, from c$/],
    ['it was not written down who is', led(undefined, use(both, on('a'))), use(both, on('a')), [], /^It is not known/],
    ['its VM was reverted', use(both, on('a')), use(both, halted()), [START, REVERT], /^The VM db was reverted/],
    ['and started', use(both, on('a')), use(both, on('a', 8)), [START, REVERT, 'db 12 STARTED'], /^The VM db was reverted/],
    ['and is gone', use(both, on('a')), use(both, halted('web')), [REVERT], /^The VM db was reverted/],
    ['one was that got the disk', use(both, on('a')), use(both, halted('web')), ['web 11 SNAPSHOT_REVERTED'], /^The VM web was reverted/],
    ['what was told of it is gone', use(both, on('a', 7, START)), use(both, halted()), ['db 11 SHUTDOWN'], /^The pool’s messages about the VM db were deleted/],
  ])('%s', (_, then, now, messages, expected) => {
    expect(why(then, now, ...messages)).toMatch(expected);
  }); // prettier-ignore
});

describe('marks are not lost', () => {
  const crashed = [up('a'), startedAgain('b')];
  it.each<[string, DiskUse, DiskUse, string[]]>([
    ['nothing happened', use(both, on('a', 7, START)), use(both, on('a', 7, START)), [START]],
    ['another host crashed', use(both, on('a', 7, START)), use(crashed, on('a', 7, START)), [START]],
    ['and all messages are gone', use(both, on('a', 7, START)), use(crashed, on('a')), []],
    ['the other host left the pool', use(both, on('a')), use([up('a')], on('a')), []],
    ['the disk was given to one more VM', use(both, on('a')), use(crashed, halted('web'), on('a')), []],
    ['the guest powered off', use(both, on('a', 7, START)), use(both, halted()), [START]],
    ['the VM was moved and started anew', use(both, on('a', 7, START)), use(both, on('b', 8)), [START]],
    ['the disk was moved to another VM', use(both, on('a', 7, START)), use(both, halted('web')), [START]],
    ['nothing is told of the VM', use(both, halted()), use(both, halted()), []],
    ['no VM has it', use(both), use(both), []],
    ['it was reverted before', use(both, halted('db', START)), use(both, halted()), [START, 'db 02 SNAPSHOT_REVERTED']],
    ['another VM was reverted', use(both, halted()), use(both, halted()), ['web 11 SNAPSHOT_REVERTED']],
  ])('%s', (_, then, now, messages) => {
    expect(why(then, now, ...messages)).toBeUndefined();
  }); // prettier-ignore
});
