import { z } from 'zod';
import { verifyFaultSchema, type VerifyReport } from '../../shared/model/library';

/** What verifying an export found last. Kept across restarts. */
export const verdictSchema = z.object({
  /** ISO 8601, UTC. */
  at: z.string(),
  sound: z.boolean(),
  checkedBytes: z.number(),
  /** Bytes of the disk that were equal to the snapshot on the pool; absent: it was not compared. */
  sourceBytes: z.number().optional(),
  faults: z.array(verifyFaultSchema),
});
export type Verdict = z.infer<typeof verdictSchema>;
export type Verdicts = Readonly<Record<string, Verdict>>;

/** The files of an export, as absolute paths. */
export interface ExportFiles {
  /** Id in the manifest. */
  readonly id: string;
  readonly manifestPath: string;
  readonly imagePath: string;
  readonly checksumsPath: string;
}

const MOST_VERDICTS = 2000;

/**
 * The verdicts with those of a report. A report about a chain says something about each of its exports; what it says of
 * no file that we know counts against the export that was asked about.
 */
export function withReport(
  verdicts: Verdicts,
  report: VerifyReport,
  exports: readonly ExportFiles[],
  at: string,
): Record<string, Verdict> {
  const owner = (file: string): string | undefined =>
    exports.find(({ manifestPath, imagePath, checksumsPath }) =>
      [manifestPath, imagePath, checksumsPath].includes(file),
    )?.id;
  const asked = exports.find(({ manifestPath }) => manifestPath === report.manifestPath)?.id;
  const found: Record<string, Verdict> = {};
  for (const { id, imagePath, manifestPath } of exports) {
    const image = report.images.find(({ file }) => file === imagePath);
    const faults = report.faults.filter(({ file }) => (owner(file) ?? asked) === id);
    const isAsked = manifestPath === report.manifestPath;
    if (image === undefined && faults.length === 0 && !isAsked) continue;
    found[id] = {
      at,
      sound: faults.length === 0,
      checkedBytes: image?.checkedBytes ?? 0,
      ...(isAsked && report.comparedWithSource ? { sourceBytes: report.sourceBytes ?? 0 } : {}),
      faults,
    };
  }
  const all = Object.entries({ ...verdicts, ...found }).sort(([, a], [, b]) => b.at.localeCompare(a.at));
  return Object.fromEntries(all.slice(0, MOST_VERDICTS));
}
