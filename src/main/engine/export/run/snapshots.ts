import type { DiskUse } from '../../../../shared/model/disk-use';
import type { AfterExport } from '../../../../shared/model/export-plan';
import { toFailure, type Failure } from '../../../../shared/model/failure';
import { ok, type Result } from '../../../../shared/model/result';
import {
  blockMigration,
  findMigrationBlock,
  finishSnapshot,
  isAway,
  releaseMigration,
  snapshotDisk,
  snapshotVm,
  type FinishedSnapshot,
  type MigrationBlock,
  type SnapshotToFinish,
  type TakenSnapshot,
  type WantedSnapshot,
} from '../../cbt';
import type { PoolConnection } from '../../xapi';
import type { JobContext } from '../../jobs/job-context';
import type { EarlierGroup } from './earlier-run';
import { leftOnPool } from './left-on-pool';
import { tellWaits } from './tell-waits';

const BLOCK_REASON = 'Deltascope is reading its disks';

export interface FinishedGroup {
  /** The pool went away meanwhile, or this could not be written down: it is to be done again. */
  readonly away?: Failure;
  /** The pool refused: something of it stays. */
  readonly left?: Failure;
}

/** The snapshot of one group of disks, from its creation to its end. */
export class GroupSnapshot {
  private constructor(
    readonly taken: TakenSnapshot,
    /** By the pool's clock. */
    readonly takenAt: Date,
    /** By the disk's uuid: who could write to it just before. */
    readonly uses: Readonly<Record<string, DiskUse>>,
    private readonly connection: PoolConnection,
    private readonly context: JobContext,
    private readonly block: MigrationBlock | undefined,
  ) {}

  /** The snapshot that an earlier run took. */
  static async adopt(
    connection: PoolConnection,
    context: JobContext,
    { at, vmSnapshotUuid, snapshots, extraSnapshotUuids, uses = {} }: NonNullable<EarlierGroup['created']>,
  ): Promise<Result<GroupSnapshot>> {
    const taken: TakenSnapshot = {
      jobId: context.jobId,
      disks: snapshots,
      extraSnapshotUuids,
      cbtFailures: [],
      ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
    };
    const takenAt = (await timeOnPool(connection, taken)) ?? new Date(at);
    if (vmSnapshotUuid === undefined)
      return ok(new GroupSnapshot(taken, takenAt, uses, connection, context, undefined));
    const block = await findMigrationBlock(connection, vmSnapshotUuid, BLOCK_REASON);
    return block.ok ? ok(new GroupSnapshot(taken, takenAt, uses, connection, context, block.value)) : block;
  }

  /**
   * Written down before it is made, and when it is ready. When this fails or throws, something of it may be on the pool
   * or still come: `takeSnapshot` sees to that.
   */
  static async take(
    connection: PoolConnection,
    context: JobContext,
    { name, vmUuid, diskUuids }: WantedSnapshot,
  ): Promise<Result<GroupSnapshot>> {
    const { jobId, signal, journal, report, plan } = context;
    const now = new Date();
    journal({
      type: 'creating',
      name,
      diskUuids: [...diskUuids],
      ...(vmUuid === undefined ? {} : { vmUuid }),
    });
    const onWait = tellWaits(report, 'The snapshot');
    // Before the snapshot, so that a crash between the two counts as one that came after it.
    const uses = usesOf(connection, diskUuids);
    const common = { jobId, name, enableCbt: plan.request.after === 'purge', signal, onWait };
    const snapshot =
      vmUuid !== undefined
        ? await snapshotVm(connection, { ...common, vmUuid, diskUuids })
        : await snapshotDisk(connection, { ...common, diskUuid: diskUuids[0] });
    if (!snapshot.ok) return snapshot;
    const taken = snapshot.value;
    const { vmSnapshotUuid } = taken;
    let block: MigrationBlock | undefined;
    if (vmSnapshotUuid !== undefined) {
      const blocked = await blockMigration(connection, vmSnapshotUuid, BLOCK_REASON);
      if (!blocked.ok) return blocked;
      block = blocked.value;
    }
    journal({
      type: 'created',
      snapshots: [...taken.disks],
      extraSnapshotUuids: [...taken.extraSnapshotUuids],
      uses,
      ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
    });
    for (const { failure } of taken.cbtFailures) report.log('warn', failure.message);
    const takenAt = (await timeOnPool(connection, taken)) ?? now;
    return ok(new GroupSnapshot(taken, takenAt, uses, connection, context, block));
  }

  /**
   * Gives the snapshots of exported disks their final form and removes the others, but for those that have theirs on the
   * pool: where the folder of jobs was copied, the other copy of this job may have exported them. Runs to its end even
   * when the job was cancelled: that is when it matters. What is left is told, and found as a leftover.
   */
  async finish(exported: readonly string[], after: AfterExport): Promise<FinishedGroup> {
    const { connection, context, taken } = this;
    if (this.block) {
      const released = await releaseMigration(connection, this.block);
      if (!released.ok) context.report.log('warn', released.failure.message);
      if (!released.ok && isAway(released.failure.code)) return { away: released.failure };
    }
    const of = (wanted: boolean): string[] =>
      taken.disks
        .filter(({ diskUuid }) => exported.includes(diskUuid) === wanted)
        .map(({ snapshotUuid }) => snapshotUuid);
    const [good, failed] = [of(true), of(false)];
    const { vmSnapshotUuid, extraSnapshotUuids } = taken;
    const whole = {
      ...(vmSnapshotUuid === undefined ? {} : { vmSnapshotUuid }),
      extraSnapshotUuids,
    };
    // A failed disk must go, and the VM snapshot holds it: then the VM snapshot goes first, whatever is kept.
    const failures =
      failed.length > 0
        ? await this.#end({ ...whole, snapshotUuids: failed }, 'remove', true)
        : await this.#end({ ...whole, snapshotUuids: good }, after);
    const isGone = (): Failure | undefined => failures.find(({ code }) => isAway(code));
    if (!isGone() && failed.length > 0 && good.length > 0)
      failures.push(...(await this.#end({ snapshotUuids: good }, after)));
    const away = isGone();
    if (away) return { away };
    const [left] = failures;
    if (left) {
      context.report.leftBehind({ poolUuid: connection.poolUuid, failure: leftOnPool(left) });
      return { left };
    }
    try {
      context.journal({
        type: 'settled',
        snapshotUuids: taken.disks.map(({ snapshotUuid }) => snapshotUuid),
      });
    } catch (error) {
      return { away: toFailure(error) };
    }
    return {};
  }

  /** Returns what failed. */
  async #end(snapshot: SnapshotToFinish, after: AfterExport, spareFinal = false): Promise<Failure[]> {
    const { report } = this.context;
    const onWait = tellWaits(report, 'The clean-up', 'info');
    const finished = await finishSnapshot(this.connection, snapshot, after, { onWait, spareFinal });
    if (!finished.ok) report.log('error', `${finished.failure.message} ${finished.failure.nextStep}`);
    else for (const one of finished.value) this.#tell(one, after);
    return finished.ok
      ? finished.value.flatMap(({ result }) => (result.ok ? [] : [result.failure]))
      : [finished.failure];
  }

  #tell({ snapshotUuid, result }: FinishedSnapshot, after: AfterExport): void {
    const { report } = this.context;
    if (!result.ok)
      report.log('error', `Snapshot ${snapshotUuid}: ${result.failure.message} ${result.failure.nextStep}`);
    else if (after === 'purge' && result.value === 'removed')
      report.log('warn', `Snapshot ${snapshotUuid} had no change log to keep and was removed.`);
    else if (result.value === 'spared')
      report.log(
        'warn',
        `Snapshot ${snapshotUuid} stays: it was kept meanwhile, as the base of an export, though not by this run of the job.`,
      );
    else report.log('info', `Snapshot ${snapshotUuid} ${ENDINGS[result.value]}.`);
  }
}

const ENDINGS = {
  kept: 'is kept with its data',
  purged: 'now holds only its change log',
  removed: 'was removed',
  gone: 'was gone already',
} as const;

/** As of the last event: a state of the pool that has passed by now makes tracking be relied on less, not more. */
function usesOf(connection: PoolConnection, diskUuids: readonly string[]): Record<string, DiskUse> {
  const uses: Record<string, DiskUse> = {};
  for (const uuid of diskUuids) {
    const facts = connection.diskFacts(uuid);
    if (facts) uses[uuid] = facts.use;
  }
  return uses;
}

/** When the pool says that the snapshot was taken; undefined when its events do not come through. */
async function timeOnPool(connection: PoolConnection, taken: TakenSnapshot): Promise<Date | undefined> {
  await connection.refresh({ timeout: 30_000 });
  const [disk] = taken.disks;
  const found = connection.inventory().snapshots.find(({ uuid }) => uuid === disk?.snapshotUuid);
  return found && new Date(found.takenAt);
}
