/** Of every snapshot that Deltascope takes: the time, and the start of the job's id if it is a job's. */
const NAME = /^Deltascope \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC(?: ([0-9a-f]{8}))?$/;

/** @returns the start of the job's id, empty if there is none; undefined for a name that Deltascope does not give. */
export function jobInSnapshotName(name: string): string | undefined {
  const match = NAME.exec(name);
  return match ? (match[1] ?? '') : undefined;
}
