/** Entries of `other_config` on everything Deltascope creates on a pool. */
export const JOB_MARK = 'deltascope:job';
export const CREATED_MARK = 'deltascope:created';

type Marked = { readonly other_config: Readonly<Record<string, string>> };
export const isOurs = ({ other_config: config }: Marked): boolean =>
  JOB_MARK in config || CREATED_MARK in config;
