import { expect, it } from 'vitest';
import { hostThatMayIgnoreBase, honoursBase } from './honours-base';
import { RecordCache } from './record-cache';
import type { VdiRecord } from './records';

it.each([
  ['25.27.0', true],
  ['25.33.1-2.xcpng8.3', true],
  ['v25.27.0', true],
  ['25.27', true],
  ['26.1.3', true],
  ['100.0.0', true],
  ['25.26.9', false],
  ['25.6.0', false],
  ['1.249.32', false],
  ['2.527.0', false],
  ['0.0.dev', false],
  ['25', false],
  ['25.27~rc1', false],
  ['25.2', false],
  ['xapi 25.33.1', false],
  ['', false],
  [undefined, false],
])('xapi %s honours the base: %s', (version, honours) => expect(honoursBase(version)).toBe(honours));

const cacheOf = (versions: readonly (string | undefined)[]): RecordCache => {
  const cache = new RecordCache();
  versions.forEach((version, at) => {
    const software_version = version === undefined ? {} : { xapi_build: version };
    const host = { uuid: `h${at}`, name_label: `host ${at}`, address: '', software_version };
    cache.apply({ class: 'host', operation: 'add', ref: `h${at}`, snapshot: host });
    const pbd = { host: `h${at}`, SR: 'sr', currently_attached: at === 0 };
    cache.apply({ class: 'pbd', operation: 'add', ref: `p${at}`, snapshot: pbd });
  });
  return cache;
};
const vdi = { SR: 'sr' } as VdiRecord;

it('every host that has the storage counts, also while it is not plugged in', () => {
  expect(hostThatMayIgnoreBase(cacheOf(['25.27.0', '25.27.0']), vdi)).toBeUndefined();
  expect(hostThatMayIgnoreBase(cacheOf(['25.27.0', '25.6.0']), vdi)).toEqual({
    host: 'host 1',
    version: '25.6.0',
  });
  expect(hostThatMayIgnoreBase(cacheOf([undefined, '25.27.0']), vdi)).toEqual({
    host: 'host 0',
    version: '',
  });
  expect(hostThatMayIgnoreBase(cacheOf(['25.6.0']), { SR: 'other' } as VdiRecord)).toBeUndefined();
});
