import { z } from 'zod';
import { exportPlanSchema, exportRequestSchema, imageFormatSchema } from '../model/export-plan';
import { failureSchema } from '../model/failure-schema';
import { findingSchema } from '../model/finding';
import { inventorySchema, poolSchema } from '../model/inventory';
import { jobLogEntrySchema, jobSchema } from '../model/job';
import { jobMapSchema } from '../model/job-map';
import { libraryScanSchema } from '../model/library';
import { libraryOperationSchema, libraryRequestSchema } from '../model/library-operation';
import { linkSchema } from '../model/link';
import { diskLayoutSchema } from '../model/partition';
import { settingsSchema } from '../model/settings';

const nothing = z.undefined();
const poolId = z.string();
const uuid = z.string();
const bytes = z.instanceof(Uint8Array);

const request = <I extends z.ZodType, O extends z.ZodType>(input: I, output: O) => ({ input, output });

export const certificateSchema = z.object({
  /** SHA-256 of the certificate, `AA:BB:…`. */
  fingerprint: z.string(),
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.string(),
  validTo: z.string(),
  /** Compared with the pin kept for this address. */
  known: z.enum(['new', 'same', 'changed']),
  /** The pinned fingerprint when it differs. */
  pinned: z.string().optional(),
});
export type Certificate = z.infer<typeof certificateSchema>;

/**
 * Every request the window may make of the main process. Input and output are checked on the main side; the answer
 * always travels as a `Result`.
 */
export const requests = {
  'app.info': request(
    nothing,
    z.object({
      version: z.string(),
      electron: z.string(),
      chromium: z.string(),
      node: z.string(),
      platform: z.string(),
      /** Passwords can be kept in the operating system's keychain. */
      keychain: z.boolean(),
    }),
  ),
  'app.notices': request(nothing, z.string()),
  'app.openExternal': request(z.object({ page: z.enum(['xapi-cbt', 'xapi-nbd']) }), nothing),

  /** The link that the app was started with, once; later ones come as `command.run`. */
  'app.takeLink': request(nothing, linkSchema.optional()),

  /** What failed before the window could hear of it. */
  'app.takeTroubles': request(nothing, z.array(failureSchema)),

  'layout.load': request(nothing, z.string().optional()),
  'layout.save': request(z.string(), nothing),
  /** `damage`: what of the file could not be used and has its default. */
  'settings.load': request(nothing, z.object({ settings: settingsSchema, damage: failureSchema.optional() })),
  'settings.save': request(settingsSchema, settingsSchema),

  'pools.list': request(nothing, z.array(poolSchema)),
  'pools.certificate': request(z.object({ url: z.string() }), certificateSchema),
  'pools.connect': request(
    z.object({
      url: z.string(),
      user: z.string(),
      /** Absent: use the one kept in the keychain. */
      password: z.string().optional(),
      /** The fingerprint the user accepted. */
      fingerprint: z.string(),
      /** Keep the password of this request in the keychain, or delete it there; without one nothing changes. */
      remember: z.boolean(),
    }),
    poolSchema,
  ),
  'pools.disconnect': request(z.object({ poolId }), nothing),
  'pools.forget': request(z.object({ poolId }), nothing),
  'pools.openDemo': request(nothing, poolSchema),
  'demo.guestActivity': request(z.object({ poolId, vmUuid: uuid }), z.object({ bytesWritten: z.number() })),

  'inventory.get': request(z.object({ poolId }), inventorySchema),
  'findings.get': request(z.object({ poolId }), z.array(findingSchema)),
  /** What interrupted exports left on the pool; nothing that a job still needs, nothing that is meant to stay. */
  'leftovers.list': request(
    z.object({ poolId }),
    z.array(
      z.object({
        /** `restored-disk`: whole, with marks that came back. */
        kind: z.enum([
          'vm-snapshot',
          'disk-snapshot',
          'unfinished-disk',
          'restored-disk',
          'attachment',
          'task',
        ]),
        uuid,
        name: z.string(),
        /** ISO 8601, UTC. */
        createdAt: z.string().optional(),
        /** Young, and of no job that this computer knows: Deltascope on another computer may be at it. */
        mayBeElsewhere: z.boolean(),
      }),
    ),
  ),
  /** Removes those of the named objects that are still leftovers; of restored disks only the marks. */
  'leftovers.clean': request(
    z.object({ poolId, uuids: z.array(uuid) }),
    z.array(z.object({ uuid, failure: failureSchema.optional() })),
  ),

  'cbt.setEnabled': request(
    z.object({ poolId, diskUuids: z.array(uuid), enabled: z.boolean() }),
    z.array(z.object({ diskUuid: uuid, failure: failureSchema.optional() })),
  ),
  'snapshots.create': request(
    z.object({ poolId, vmUuid: uuid }),
    z.object({
      vmSnapshotUuid: uuid.optional(),
      disks: z.array(z.object({ diskUuid: uuid, snapshotUuid: uuid })),
    }),
  ),
  'snapshots.finish': request(
    z.object({ poolId, snapshotUuid: uuid, how: z.enum(['purge', 'remove']) }),
    nothing,
  ),
  'blocks.changed': request(
    z.object({ poolId, fromUuid: uuid, toUuid: uuid }),
    z.object({ sizeBytes: z.number(), bitmap: bytes }),
  ),
  /** What lies where on a disk, read from a snapshot that still holds its data. */
  'disk.layout': request(z.object({ poolId, snapshotUuid: uuid }), diskLayoutSchema),

  'export.plan': request(exportRequestSchema, exportPlanSchema),
  'export.start': request(exportPlanSchema, jobSchema),
  'jobs.list': request(nothing, z.array(jobSchema)),
  'jobs.log': request(z.object({ jobId: z.string() }), z.array(jobLogEntrySchema)),
  /** What a job did with the blocks of a disk so far; changes follow as `jobs.map`. Undefined before its copy begins. */
  'jobs.map': request(z.object({ jobId: z.string(), diskUuid: uuid }), jobMapSchema.optional()),
  'jobs.cancel': request(z.object({ jobId: z.string() }), nothing),
  'jobs.pause': request(z.object({ jobId: z.string() }), nothing),
  'jobs.resume': request(z.object({ jobId: z.string() }), nothing),
  'jobs.setLimit': request(
    z.object({ jobId: z.string(), bytesPerSecond: z.number().positive().optional() }),
    nothing,
  ),
  'jobs.remove': request(z.object({ jobId: z.string() }), nothing),

  'library.scan': request(z.object({ folder: z.string() }), libraryScanSchema),
  /** Begins to verify, flatten, restore or serve; how it goes is told as `library.operation`. */
  'library.start': request(libraryRequestSchema, libraryOperationSchema),
  /** Ends an operation and leaves nothing behind; one that serves is stopped. Nothing happens if it has ended. */
  'library.cancel': request(z.object({ id: z.string() }), nothing),
  /** Those of this run of the program, oldest first. */
  'library.operations': request(nothing, z.array(libraryOperationSchema)),
  /** The blocks that an export's own image stores: of an increment those that truly differ from its base. */
  'library.storedBlocks': request(
    z.object({ manifestPath: z.string() }),
    z.object({ sizeBytes: z.number(), bitmap: bytes }),
  ),
  'library.reveal': request(z.object({ path: z.string() }), nothing),

  'dialog.chooseFolder': request(z.object({ startIn: z.string().optional() }), z.string().optional()),
  /** Only asks for a name; nothing is written. */
  'dialog.chooseImage': request(
    z.object({ suggestedName: z.string(), startIn: z.string().optional(), format: imageFormatSchema }),
    z.string().optional(),
  ),
  'dialog.saveFile': request(
    z.object({ suggestedName: z.string(), kind: z.enum(['png', 'csv', 'json', 'html']), content: bytes }),
    z.string().optional(),
  ),
  'clipboard.write': request(z.string(), nothing),
} as const;

export type RequestName = keyof typeof requests;
export type RequestInput<N extends RequestName> = z.input<(typeof requests)[N]['input']>;
export type RequestOutput<N extends RequestName> = z.output<(typeof requests)[N]['output']>;
