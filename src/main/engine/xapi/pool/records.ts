import { z } from 'zod';
import { LongText } from '../transport/long-text';

/**
 * The fields of XAPI records that Deltascope uses; all others are dropped when a record is read.
 * Source: xen-api ocaml/idl/datamodel.ml. Fields that older pools lack have a default.
 */
const reference = z.string();
const map = z.record(z.string(), z.string()).default({});
const integer = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
/** `20180101T00:00:00Z` (or with dashes) as ISO 8601. */
export const instant = z.string().transform((text) => {
  const match = /^(\d{4})-?(\d\d)-?(\d\d)T(\d\d:\d\d:\d\d)/.exec(text);
  return match ? `${match[1]}-${match[2]}-${match[3]}T${match[4]}.000Z` : '1970-01-01T00:00:00.000Z';
});

export const poolRecord = z.object({ uuid: z.string(), name_label: z.string(), master: reference });
export const hostRecord = z.object({
  uuid: z.string(),
  name_label: z.string(),
  address: z.string(),
  metrics: reference.default(''),
  software_version: map,
  other_config: map,
});
export const hostMetricsRecord = z.object({ live: z.boolean() });
export const networkRecord = z.object({ uuid: z.string(), purpose: z.array(z.string()).default([]) });
export const pifRecord = z.object({ host: reference, IP: z.string(), IPv6: z.array(z.string()).default([]) });
export const pbdRecord = z.object({ host: reference, SR: reference, currently_attached: z.boolean() });
export const srRecord = z.object({
  uuid: z.string(),
  name_label: z.string(),
  type: z.string(),
  content_type: z.string().default('user'),
  shared: z.boolean(),
  physical_size: integer,
  physical_utilisation: integer,
});
export const smRecord = z.object({
  type: z.string(),
  capabilities: z.array(z.string()).default([]),
  features: z.record(z.string(), z.unknown()).default({}),
});
export const vmRecord = z.object({
  uuid: z.string(),
  name_label: z.string(),
  name_description: z.string(),
  power_state: z.enum(['Running', 'Halted', 'Suspended', 'Paused']),
  is_a_template: z.boolean(),
  is_a_snapshot: z.boolean(),
  is_control_domain: z.boolean(),
  resident_on: reference.default(''),
  domid: integer.default(-1),
  snapshot_of: reference,
  snapshot_time: instant.default('1970-01-01T00:00:00.000Z'),
  other_config: map,
});
export const vdiRecord = z.object({
  uuid: z.string(),
  name_label: z.string(),
  SR: reference,
  virtual_size: integer,
  physical_utilisation: integer,
  type: z.string(),
  is_a_snapshot: z.boolean(),
  snapshot_of: reference,
  snapshot_time: instant,
  managed: z.boolean(),
  missing: z.boolean(),
  sharable: z.boolean(),
  on_boot: z.string().default('persist'),
  cbt_enabled: z.boolean().default(false),
  other_config: map,
  sm_config: map,
});
export const vbdRecord = z.object({
  uuid: z.string(),
  VM: reference,
  VDI: reference,
  device: z.string(),
  userdevice: z.string(),
  mode: z.string(),
  type: z.string(),
  empty: z.boolean(),
  currently_attached: z.boolean(),
});
export const messageRecord = z.object({
  uuid: z.string(),
  name: z.string(),
  obj_uuid: z.string(),
  timestamp: instant,
});
export const taskRecord = z.object({
  status: z.enum(['pending', 'success', 'failure', 'cancelling', 'cancelled']),
  progress: z.coerce.number(),
  result: z.union([z.string(), z.instanceof(LongText)]),
  error_info: z.array(z.string()),
});

export type VmRecord = z.infer<typeof vmRecord>;
export type VdiRecord = z.infer<typeof vdiRecord>;
export type VbdRecord = z.infer<typeof vbdRecord>;
export type SrRecord = z.infer<typeof srRecord>;
export type HostRecord = z.infer<typeof hostRecord>;
export type TaskRecord = z.infer<typeof taskRecord>;

export const isAttachedForWriting = ({ currently_attached, mode }: VbdRecord): boolean =>
  currently_attached && mode === 'RW';

/** Classes kept in memory, by their lower-case names as events spell them. */
export const RECORDS = {
  pool: poolRecord,
  host: hostRecord,
  host_metrics: hostMetricsRecord,
  network: networkRecord,
  pif: pifRecord,
  pbd: pbdRecord,
  sr: srRecord,
  sm: smRecord,
  vm: vmRecord,
  vdi: vdiRecord,
  vbd: vbdRecord,
  message: messageRecord,
} as const;
export type CachedClass = keyof typeof RECORDS;
export type RecordOf<C extends CachedClass> = z.infer<(typeof RECORDS)[C]>;

export const isCachedClass = (name: string): name is CachedClass => Object.hasOwn(RECORDS, name);

/** An event of `event.from`. Source: xen-api ocaml/xapi-types/event_types.ml. */
export const eventSchema = z.object({
  class: z.string().transform((name) => name.toLowerCase()),
  operation: z.enum(['add', 'mod', 'del']),
  ref: z.string(),
  snapshot: z.unknown().optional(),
});
export type PoolEvent = z.infer<typeof eventSchema>;
export const eventBatchSchema = z.object({
  events: z.array(eventSchema),
  valid_ref_counts: z.record(z.string(), integer),
  token: z.string(),
});
