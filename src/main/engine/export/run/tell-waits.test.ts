import { expect, it } from 'vitest';
import type { JobReport } from '../../jobs/job-context';
import { tellWaits } from './tell-waits';

it('says each reason once, as a warning, for the command line shows no others; not what every job waits for', () => {
  const log: string[] = [];
  const report = { log: (level, text) => void log.push(`${level}: ${text}`) } as JobReport;
  const [snapshot, cleanUp] = [tellWaits(report, 'The snapshot'), tellWaits(report, 'The clean-up', 'info')];
  for (const tell of [snapshot, snapshot, cleanUp])
    tell({ code: 'disk-in-use', message: 'It is in use.', nextStep: 'Wait.' });
  snapshot({ code: 'pool-busy', message: 'It is busy.', nextStep: 'Wait.' });
  expect(log).toEqual([
    'warn: The snapshot waits: It is in use.',
    'info: The clean-up waits: It is in use.',
    'warn: The snapshot waits: It is busy.',
  ]);
});
