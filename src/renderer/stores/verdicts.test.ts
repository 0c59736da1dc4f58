import { describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../shared/model/library';
import { withReport, type ExportFiles } from './verdicts';

const files = (id: string): ExportFiles => ({
  id,
  manifestPath: `/x/${id}.json`,
  imagePath: `/x/${id}.qcow2`,
  checksumsPath: `/x/${id}.xxh64`,
});
const EXPORTS = ['full', 'inc1', 'inc2'].map(files);
const report = (more: Partial<VerifyReport>): VerifyReport => ({
  manifestPath: '/x/inc1.json',
  images: [
    { file: '/x/inc1.qcow2', checkedBytes: 10 },
    { file: '/x/full.qcow2', checkedBytes: 100 },
  ],
  comparedWithSource: false,
  faults: [],
  sound: true,
  ...more,
});
const fault = (file: string) => ({ file, message: 'wrong', nextStep: 'mend' });

describe('verdicts of a report', () => {
  it('a chain says something about each of its exports, and nothing about others', () => {
    const verdicts = withReport({}, report({}), EXPORTS, '2026-01-01T00:00:00Z');
    expect(Object.keys(verdicts).sort()).toEqual(['full', 'inc1']);
    expect(verdicts['full']).toMatchObject({ sound: true, checkedBytes: 100 });
  });

  it('only the export that was asked about was compared with the source', () => {
    const compared = report({ comparedWithSource: true, sourceBytes: 1000 });
    const verdicts = withReport({}, compared, EXPORTS, '2026-01-01T00:00:00Z');
    expect(verdicts['inc1']?.sourceBytes).toBe(1000);
    expect(verdicts['full']).not.toHaveProperty('sourceBytes');
  });

  it('a fault counts against the export whose file it is in', () => {
    const faulty = report({ faults: [fault('/x/full.xxh64')], sound: false });
    const verdicts = withReport({}, faulty, EXPORTS, '2026-01-01T00:00:00Z');
    expect(verdicts['full']?.sound).toBe(false);
    expect(verdicts['inc1']?.sound).toBe(true);
  });

  it('a fault in a file that nobody knows counts against the one asked about', () => {
    const faulty = report({ faults: [fault('/elsewhere')], sound: false, images: [] });
    const verdicts = withReport({}, faulty, EXPORTS, '2026-01-01T00:00:00Z');
    expect(verdicts['inc1']?.faults).toEqual([fault('/elsewhere')]);
  });

  it('replaces what was known before, and keeps the rest', () => {
    const old = withReport({}, report({ faults: [fault('/x/full.qcow2')] }), EXPORTS, '2026-01-01T00:00:00Z');
    const other = { ...old, elsewhere: old['full'] };
    const verdicts = withReport(other, report({}), EXPORTS, '2026-01-02T00:00:00Z');
    expect(verdicts['full']).toMatchObject({ sound: true, at: '2026-01-02T00:00:00Z' });
    expect(verdicts['elsewhere']?.sound).toBe(false);
  });
});
