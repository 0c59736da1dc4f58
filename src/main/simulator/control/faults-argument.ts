import { z } from 'zod';

const count = z.number().int().positive().default(1);
const host = z.string().optional();

/** What `fault` of the control calls takes: what goes wrong, on which host or disk, and how often. */
export const faultSchema = z.discriminatedUnion('kind', [
  /** The next calls of a method end with an error, for example HOST_IS_SLAVE, VDI_IN_USE or SESSION_INVALID. */
  z.object({
    kind: z.literal('call-error'),
    method: z.string(),
    code: z.string(),
    params: z.array(z.string()).default([]),
    /** So many calls go well before. */
    after: z.number().int().nonnegative().default(0),
    count,
  }),
  /** The next calls of a method wait so many milliseconds. */
  z.object({ kind: z.literal('slow-call'), method: z.string(), milliseconds: z.number().positive(), count }),
  /** The next calls of a method wait for `release-calls`. */
  z.object({ kind: z.literal('hold-call'), method: z.string(), count }),
  /** The next calls of a method lose their connection instead of being answered. */
  z.object({ kind: z.literal('drop-call'), method: z.string(), count }),
  /** get_nbd_info answers something else: an address where nobody listens, another certificate. */
  z.object({
    kind: z.literal('nbd-info'),
    instead: z.object({
      address: z.string().optional(),
      port: z.number().int().optional(),
      cert: z.string().optional(),
      subject: z.string().optional(),
    }),
    count,
  }),
  /** The next export_raw_vdi breaks off after so many bytes. */
  z.object({ kind: z.literal('export-breaks'), afterBytes: z.number().int().nonnegative(), count }),
  /** The next NBD connections are closed before the greeting. */
  z.object({ kind: z.literal('refuse-nbd'), host, count }),
  /** The next TLS handshakes of NBD are refused. */
  z.object({ kind: z.literal('refuse-nbd-tls'), host, count }),
  /** One NBD connection is cut after so many more bytes of data. */
  z.object({ kind: z.literal('drop-nbd'), host, afterBytes: z.number().int().nonnegative() }),
  /** Every NBD read waits so many milliseconds. */
  z.object({ kind: z.literal('slow-nbd'), host, milliseconds: z.number().nonnegative() }),
  /** The next NBD reads are never answered. */
  z.object({ kind: z.literal('stall-nbd'), host, count }),
  /** A range of every disk cannot be read over NBD. */
  z.object({
    kind: z.literal('read-error'),
    host,
    offset: z.number().int().nonnegative(),
    length: z.number().int().positive(),
    count: z.number().int().positive().optional(),
  }),
  /**
   * Hosts say that they run another xapi. One from before 25.27.0 is as a vendor might have built it, with qcow2 streams
   * taken over early: they ignore the base.
   */
  z.object({ kind: z.literal('xapi-version'), host, version: z.string().regex(/^\d+\.\d+\.\d+$/) }),
  /** The disk's change log is found damaged: tracking goes off, with a message. */
  z.object({ kind: z.literal('cbt-lost'), vdi: z.string() }),
]);
export type Fault = z.infer<typeof faultSchema>;
