import { z } from 'zod';
import type { OurObject } from './our-objects';
import { instant } from './records';

/** A task has no place for a mark when it is made but its name; the start of the job's id is part of it. */
const NAME = /^Deltascope ([0-9a-f]{8}): /;
const LONGEST_NAME = 120;

/** The name of a task that belongs to a job, by which it is found again. */
export const taskNameFor = (jobId: string, what: string): string =>
  `Deltascope ${jobId.slice(0, 8)}: ${what}`.slice(0, LONGEST_NAME);

/** Whether a task's {@link OurObject.jobId} can mean this job. */
export const isStartOf = (start: string, jobId: string): boolean => jobId.startsWith(start);

export const tasksSchema = z.record(
  z.string(),
  z.object({ uuid: z.string(), name_label: z.string(), created: instant }),
);

/** Tasks of our jobs among all of the pool. Their `jobId` is the start of the job's id. */
export function ourTasks(all: z.infer<typeof tasksSchema>): OurObject[] {
  return Object.values(all).flatMap(({ uuid, name_label: name, created: createdAt }) => {
    const jobId = NAME.exec(name)?.[1];
    return jobId === undefined ? [] : [{ kind: 'task', uuid, name, jobId, createdAt, kept: false }];
  });
}
