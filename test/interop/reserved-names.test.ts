import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { copyInProcess } from '../../src/main/engine/export/copy/copy-in-process.fixture';
import { chooseFiles } from '../../src/main/engine/export/files/choose-files';
import { releaseNames, type Reservation } from '../../src/main/engine/export/files/reserve-names';
import { Journal, readJournal } from '../../src/main/engine/jobs/journal';
import { filesIn } from '../fixtures/exporting';
import { type TriedJob } from '../fixtures/interrupted-export';
import { act, disk, fault, snapshot } from '../fixtures/pool-connection';
import { connection, folder, jobs, poolPerTest, to } from '../fixtures/pool-per-test';

const MARK = '5f6c2c6e-60d8-4f0e-9f59-0c1f7a3b8a10';
poolPerTest();

/** A job whose process ended when it had taken its names, before it wrote down that it has them. */
async function killedAtNames(): Promise<TriedJob & { reservation: Reservation }> {
  const { uuid } = disk(connection, 'gateway-01 flash');
  await fault(connection, { kind: 'drop-call', method: 'VDI.get_nbd_info' });
  const tried = await jobs.start(
    { diskUuids: [uuid], targetFolder: to, format: 'raw', mode: 'full' },
    copyInProcess,
  );
  expect(tried.job).toMatchObject({ state: 'interrupted', failure: { code: 'pool-unreachable' } });
  expect(filesIn(to)).toEqual([]);
  await act(connection, 'clear-faults');
  const { takenAt } = snapshot(connection, disk(connection, 'gateway-01 flash').snapshotUuids[0])!;
  const [begun] = readJournal(jobs.folder, tried.job.id)!.entries;
  if (begun.type !== 'job') throw new Error('the journal begins with something else');
  const { targetFolder, diskUuid } = begun.plan.disks[0];
  const journal = Journal.open(jobs.folder, tried.job.id);
  let reservation: Reservation | undefined;
  await chooseFiles(targetFolder, new Date(takenAt), 'full', 'raw', MARK, (reserving) => {
    reservation = reserving;
    const { manifest, mark } = reserving;
    journal.write({ type: 'reserving', diskUuid, manifest, mark });
    expect(filesIn(to)).toEqual([]);
  });
  journal.close();
  expect(filesIn(to)).toEqual([`${reservation!.manifest}.partial`]);
  return { ...tried, reservation: reservation! };
}

it('names that a killed process had taken are taken again when the job goes on', async () => {
  const { job, reservation } = await killedAtNames();
  const { job: resumed } = await jobs.resume(job.id);
  expect(resumed.state).toBe('done');
  expect(basename(resumed.disks[0].outcome!.manifestPath!)).toBe(reservation.manifest);
  expect(filesIn(to)).toHaveLength(3);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([]);
});

it('cancelled, it gives them back', async () => {
  const { job } = await killedAtNames();
  const { job: cancelled } = await jobs.cancel(job.id);
  expect(cancelled.state).toBe('cancelled');
  expect(filesIn(to)).toEqual([]);
});

it('cancelled while the target is away, it says what it could not give back', async () => {
  const { job, reservation } = await killedAtNames();
  const away = `${to}-away`;
  renameSync(to, away);
  const { job: cancelled } = await jobs.cancel(job.id);
  expect(cancelled.state).toBe('cancelled');
  const { failure } = cancelled.disks[0].outcome!;
  expect(failure).toMatchObject({ code: 'files-left' });
  expect(failure!.nextStep).toContain(`${reservation.manifest}.partial.`);
  expect(filesIn(away)).toEqual([`${reservation.manifest}.partial`]);
  expect(connection.ourObjects()).toEqual([]);
});

it('names that somebody else has taken meanwhile stay theirs', async () => {
  const { job, reservation } = await killedAtNames();
  const theirs = `${reservation.manifest}.partial`;
  writeFileSync(join(reservation.folder, theirs), '');
  const { job: resumed } = await jobs.resume(job.id);
  expect(resumed.state).toBe('done');
  expect(basename(resumed.disks[0].outcome!.manifestPath!)).not.toBe(reservation.manifest);
  expect(filesIn(to).filter((name) => name.includes('partial'))).toEqual([theirs]);
});

it('what is given back is what holds the mark, and what bears it in its name', async () => {
  const at = folder.path;
  const reservation = { folder: at, manifest: 'a.json', mark: MARK };
  const before = readdirSync(at);
  const give = async (content: string, own: string): Promise<string[]> => {
    writeFileSync(join(at, 'a.json.partial'), content);
    writeFileSync(join(at, `a.json.${MARK}.partial`), own); // killed before it had the name
    await releaseNames(reservation);
    return readdirSync(at).filter((name) => !before.includes(name));
  };
  expect(await give('', '')).toEqual(['a.json.partial']);
  expect(await give(MARK.replace('5', '6'), MARK)).toEqual(['a.json.partial']);
  expect(await give(MARK, '')).toEqual([]);
  // Without hard links an empty file keeps the place until ours has the name.
  expect(await give('', MARK)).toEqual([]);
  await releaseNames(reservation);
  writeFileSync(join(at, 'a.json.partial'), '');
  await releaseNames(reservation);
  expect(readdirSync(at).filter((name) => !before.includes(name))).toEqual(['a.json.partial']);
  rmSync(join(at, 'a.json.partial'));
  await releaseNames(reservation);
});
