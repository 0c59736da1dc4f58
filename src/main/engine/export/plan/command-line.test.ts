import { expect, it } from 'vitest';
import { commandLine } from './command-line';

it.each([
  ['root', ''],
  ['backup', ' --user backup'],
  ['DOMAIN\\jo smith', " --user 'DOMAIN\\jo smith'"],
])('logs in as the window did: %s', (user, words) => {
  const request = {
    poolId: 'p',
    diskUuids: ['d1', 'd2'],
    targetFolder: '/backup/to here',
    format: 'vhd',
    mode: 'auto',
    base: 'auto',
    after: 'purge',
    skipUnchanged: true,
  } as const;
  expect(commandLine({ ...request, diskUuids: ['d1', 'd2'] }, { url: 'https://pool', user })).toBe(
    `deltascope export d1 d2 --pool https://pool${words} --to '/backup/to here' --format vhd --after purge`,
  );
});
