import { describe, expect, it } from 'vitest';
import { exportRequestSchema } from '../../../shared/model/export-plan';
import { settingsSchema } from '../../../shared/model/settings';
import { checkForm, formOf, initialForm, toRequest } from './request-form';

const form = { ...initialForm(['d'], settingsSchema.parse({})), targetFolder: '/exports' };

describe('export form', () => {
  it('starts from the settings', () => {
    const settings = settingsSchema.parse({
      connectionsPerDisk: 4,
      jobLimitBytesPerSecond: 1024 * 1024 * 50,
    });
    expect(initialForm(['d'], settings)).toMatchObject({ connections: '4', limit: '50', format: 'qcow2' });
  });
  it('becomes a request that the contract accepts', () => {
    const request = toRequest('p', { ...form, connections: '8', limit: '1.5' });
    expect(exportRequestSchema.safeParse(request).success).toBe(true);
    expect(request).toMatchObject({ connections: 8, limitBytesPerSecond: 1_572_864 });
    expect(toRequest('p', form)).not.toHaveProperty('connections');
  });
  it('leaves out what equals the base unless that is switched off', () => {
    expect(toRequest('p', form)).toMatchObject({ skipUnchanged: true });
    const all = toRequest('p', { ...form, skipUnchanged: false })!;
    expect(all.skipUnchanged).toBe(false);
    expect(formOf(all).skipUnchanged).toBe(false);
    expect(exportRequestSchema.parse({ ...all, skipUnchanged: undefined }).skipUnchanged).toBe(true);
  });
  it.each([
    [{ targetFolder: ' ' }, 'targetFolder'],
    [{ diskUuids: [] }, 'disks'],
    [{ connections: '0' }, 'connections'],
    [{ connections: '17' }, 'connections'],
    [{ connections: '2.5' }, 'connections'],
    [{ limit: '-1' }, 'limit'],
    [{ limit: 'fast' }, 'limit'],
  ])('refuses %j', (change, field) => {
    expect(Object.keys(checkForm({ ...form, ...change }))).toEqual([field]);
    expect(toRequest('p', { ...form, ...change })).toBeUndefined();
  });
});
