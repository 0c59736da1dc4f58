import { describe, expect, it } from 'vitest';
import type { Job } from '../../../shared/model/job';
import { htmlReport } from './report-html';
import { jsonReport } from './report-json';

const job: Job = {
  id: 'j',
  title: 'Export <root> & "data"',
  request: {
    poolId: 'p',
    diskUuids: ['d', 'e'],
    targetFolder: '/exports',
    format: 'vhd',
    mode: 'auto',
    base: 'auto',
    after: 'keep',
    skipUnchanged: true,
  },
  state: 'done',
  createdAt: '2026-01-01T00:00:00Z',
  disks: ['d', 'e'].map((diskUuid) => ({
    diskUuid,
    diskName: `disk ${diskUuid}`,
    mode: 'cbt' as const,
    reason: 'There is a base.',
    phases: [],
    progress: {
      totalBytes: 65_536,
      readBytes: 65_536,
      writtenBytes: 4096,
      zeroBytes: 61_440,
      equalBytes: 0,
      retries: 0,
      connections: 2,
      sourceWait: 0,
      targetWait: 0,
    },
  })),
};
const log = [
  { jobId: 'j', at: '2026-01-01T00:00:01Z', level: 'info' as const, text: '<script>alert(1)</script>' },
];

describe('job reports', () => {
  it('add up in JSON', () => {
    expect(JSON.parse(jsonReport(job, log))).toMatchObject({
      version: 1,
      job: { id: 'j' },
      totals: { readBytes: 131_072, writtenBytes: 8192, zeroBytes: 122_880 },
      log: [{ level: 'info' }],
    });
  });
  it('show names and log lines as text in HTML', () => {
    const html = htmlReport(job, log);
    expect(html).toContain('Export &#60;root&#62; &#38; &#34;data&#34;');
    expect(html).not.toContain('<script');
    expect(html).toContain('disk e');
  });
  it('say what was left on the pool', () => {
    const failure = { code: 'left-on-pool', message: 'Something is left.', nextStep: 'Remove it.' };
    const left = htmlReport({ ...job, leftBehind: { poolUuid: 'u', failure } }, log);
    expect(left).toContain('Something is left. Remove it.');
    expect(htmlReport(job, log)).not.toContain('Left on the pool');
  });
});
