import { expect, it } from 'vitest';
import type { HostUse } from '../model/disk-use';
import { isSameRun } from './same-run';

const TAKEN = '2026-03-10T12:00:00.000Z';
const host = (upSince?: string, agentSince?: string): HostUse => ({
  uuid: 'h',
  name: 'h',
  ...(upSince ? { upSince: `2026-03-${upSince}.000Z` } : {}),
  ...(agentSince ? { agentSince: `2026-03-${agentSince}.000Z` } : {}),
});

it.each<[string, HostUse, HostUse, boolean]>([
  ['nothing was started', host('01T00:00:00', '01T00:02:00'), host('01T00:00:00', '01T00:02:00'), true],
  ['nothing was, a moment ago', host('10T11:50:00', '10T11:52:00'), host('10T11:50:00', '10T11:52:00'), true],
  ['XAPI was started again', host('01T00:00:00', '01T00:02:00'), host('01T00:00:00', '11T00:00:00'), true],
  ['and its clock set by 4 min', host('01T00:00:00', '01T00:02:00'), host('01T00:04:00', '11T00:00:00'), true],
  ['by 6 min', host('01T00:00:00', '01T00:02:00'), host('01T00:06:00', '11T00:00:00'), false],
  ['back by 6 min', host('01T00:06:00', '01T00:08:00'), host('01T00:00:00', '11T00:00:00'), false],
  ['the host was', host('01T00:00:00', '01T00:02:00'), host('11T00:00:00', '11T00:02:00'), false],
  ['it was, before a clock that is hours behind was set', host('01T00:00:00', '01T00:02:00'), host('10T08:00:00', '10T08:02:00'), false],
  ['its clock begins at the same moment each time', host('01T00:00:00', '01T00:02:00'), host('01T00:00:30', '01T00:02:31'), false],
  ['it was, twice within minutes', host('10T11:57:00', '10T11:58:00'), host('10T12:01:00', '10T12:02:00'), false],
  ['it is down', host('01T00:00:00', '01T00:02:00'), host(), false],
  ['it was down', host(), host('01T00:00:00', '01T00:02:00'), false],
  ['it was down, and is', host(), host(), false],
  ['it does not say when XAPI was started', host('01T00:00:00'), host('01T00:00:00'), false],
  ['nor when it was', host(undefined, '01T00:02:00'), host(undefined, '01T00:02:00'), false],
  ['what it said is no time', { ...host('01T00:00:00', '01T00:02:00'), upSince: 'x' }, host('01T00:00:00', '11T00:02:00'), false],
])('%s', (_, then, now, same) => {
  expect(isSameRun(then, now, TAKEN)).toBe(same);
}); // prettier-ignore
