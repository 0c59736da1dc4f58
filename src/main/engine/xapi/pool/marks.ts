/**
 * Entries of `other_config` on everything Deltascope creates on a pool. XAPI copies them when an object is cloned,
 * reverted or snapshotted again; the object's own uuid among them tells the original from such copies.
 */
export const SELF_MARK = 'deltascope:uuid';
export const JOB_MARK = 'deltascope:job';
export const CREATED_MARK = 'deltascope:created';
/** Set once the snapshot is meant to stay: as the base of increments, with or without its data. */
export const KEPT_MARK = 'deltascope:kept';

/**
 * On a disk while it is snapshotted by itself: the snapshot is born with a copy of it, so that it is found again when
 * we end before it carries its own marks. The value is the snapshot's name to be, which is written down before.
 */
export const TAKING_MARK = 'deltascope:taking';

/**
 * XAPI's own name of what a disk holds: removed when it is attached for writing, and given again, another one, when it is
 * detached without any. Source: xen-api ocaml/xapi/storage_smapiv1.ml, `activate` and `deactivate`.
 */
export const CONTENT_ID = 'content_id';

/** On a disk that is being restored, from the moment it is made until it is whole. */
export const UNFINISHED_MARK = 'deltascope:unfinished';

type Marked = { readonly uuid: string; readonly other_config: Readonly<Record<string, string>> };

/** We created exactly this object and may remove it. */
export const isOurs = ({ uuid, other_config: config }: Marked): boolean => config[SELF_MARK] === uuid;

/**
 * A disk that a restore made and did not complete. A copy that somebody made has the uuid of the original, or none: as has
 * a disk whose restore ended before it could write the uuid down.
 */
export const isUnfinished = (disk: Marked): boolean => UNFINISHED_MARK in disk.other_config && isOurs(disk);
