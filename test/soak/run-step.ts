import { dirname, join } from 'node:path';
import { z } from 'zod';
import { readManifestFile } from '../fixtures/exporting';
import type { Arena } from './arena';
import { audit, sweep } from './audit';
import { faults, type Fault, type Running, type Scene } from './faults';
import { judge } from './judge';
import type { Step } from './plan';
import { Random } from './random';
import { runInEngine, type Tried } from './run-engine';
import { cleanLeftovers, runAsProcess } from './run-process';
import { filesBelow, heal, settle, type Settled } from './settle';
import { Stopwatch } from './stopwatch';
import { Truths } from './truth';

export interface StepResult {
  readonly step: Step;
  readonly settled: readonly Settled[];
  readonly violations: readonly string[];
  readonly seconds: number;
  /** Of these, by what was done. */
  readonly shares: Readonly<Record<string, number>>;
}

/** Carries one step out and judges what became of it. `files` grows by the exports that were finished. */
export async function runStep(
  arena: Arena,
  seed: string,
  step: Step,
  files: Set<string>,
): Promise<StepResult> {
  const watch = new Stopwatch();
  const fault = faults[step.fault];
  const random = new Random(seed, step.number, 'fault');
  const violations: string[] = [];
  const truths = new Truths(arena);
  try {
    await guestsWork(arena, step);
    watch.lap('guests');
    const settled: Settled[] = [];
    const all = await runWithFault(arena, step, fault, random, violations);
    watch.lap('export');
    for (const tried of all) settled.push(await settle(arena, tried, fault, random, truths));
    await heal(arena);
    watch.lap('resume');
    violations.push(...settled.flatMap((one) => one.violations));
    if (fault.mayLoseJob) await giveUp(arena, files);
    violations.push(...(await judgeNew(arena, settled, files, truths)));
    for (const one of settled) violations.push(...judgeEnd(one, fault));
    watch.lap('judge');
    violations.push(...(await audit(arena, files)));
    watch.lap('audit');
    if (violations.length > 0) {
      sweep(arena, files);
      await cleanLeftovers(arena, '--all');
      arena.ledger.forgive(await arena.ledger.look(arena.control));
    }
    return { step, settled, violations, seconds: watch.seconds, shares: watch.laps };
  } finally {
    truths.remove();
  }
}

async function guestsWork(arena: Arena, { work, grow }: Step): Promise<void> {
  const { control } = arena;
  for (const { disk, workload, seed } of work)
    await control.act(z.unknown(), 'workload', {
      vdi: arena.diskUuid(disk),
      name: workload,
      seed: String(seed),
    });
  if (!grow) return;
  const { sizeBytes } = arena.connection.inventory().disks.find(({ name }) => name === grow.disk)!;
  await control.act(z.unknown(), 'resize', {
    vdi: arena.diskUuid(grow.disk),
    size: String(sizeBytes + grow.bytes),
  });
}

async function runWithFault(
  arena: Arena,
  step: Step,
  fault: Fault,
  random: Random,
  violations: string[],
): Promise<Tried[]> {
  const diskUuids = step.wishes.flatMap(({ disks }) => disks).map((name) => arena.diskUuid(name));
  const scene: Scene = { random, control: arena.control, demo: arena.demo, target: arena.target, diskUuids };
  await fault.before?.(scene);
  const beside = async (running: Running): Promise<void> => fault.during?.(scene, running);
  let tried: Tried[];
  if (step.ownProcess) {
    const { end, ...one } = await runAsProcess(arena, step.wishes[0], beside);
    if ((end.stdout + end.stderr).includes(arena.demo.access.password))
      violations.push('the password was printed');
    tried = [one];
  } else tried = await runInEngine(arena, step.wishes, beside);
  await heal(arena);
  return tried;
}

const unprovedSchema = z.object({
  event: z.literal('unproved'),
  kind: z.enum(['vm-snapshot', 'disk-snapshot', 'unfinished-disk']),
  uuid: z.string(),
});

/** As `xe snapshot-uninstall` and `xe vdi-destroy` do. */
async function removeByHand(
  { control }: Arena,
  { kind, uuid }: z.infer<typeof unprovedSchema>,
): Promise<void> {
  const name = kind === 'vm-snapshot' ? 'VM' : 'VDI';
  const ref = await control.call(z.string(), `${name}.get_by_uuid`, uuid);
  const vbds = name === 'VM' ? await control.call(z.array(z.string()), 'VM.get_VBDs', ref) : [];
  const disks: string[] = [];
  for (const vbd of vbds)
    if ((await control.call(z.string(), 'VBD.get_type', vbd)) === 'Disk')
      disks.push(await control.call(z.string(), 'VBD.get_VDI', vbd));
  await control.call(z.unknown(), `${name}.destroy`, ref);
  for (const disk of disks) await control.call(z.unknown(), 'VDI.destroy', disk);
}

/**
 * Nobody knows of the job any more, or of the files that it had begun: the command for leftovers cleans the pool, and names
 * what it cannot prove to be ours; a person removes that, and cleans the folder.
 */
async function giveUp(arena: Arena, files: ReadonlySet<string>): Promise<void> {
  const { stdout } = await cleanLeftovers(arena);
  for (const line of stdout.split('\n').filter(Boolean)) {
    const unproved = unprovedSchema.safeParse(JSON.parse(line));
    if (unproved.success) await removeByHand(arena, unproved.data);
  }
  const others = filesBelow(arena.target.path).filter((path) => !/\.partial(\.lock)?$/.test(path));
  sweep(arena, new Set([...files, ...others]));
}

/** Every export that looks finished now and did not before, by whomever it was made. */
async function judgeNew(
  arena: Arena,
  settled: readonly Settled[],
  files: Set<string>,
  truths: Truths,
): Promise<string[]> {
  const found: string[] = [];
  const told = new Map(
    settled.flatMap((one) =>
      (one.job?.disks ?? []).flatMap(({ outcome }) =>
        outcome?.manifestPath === undefined ? [] : [[outcome.manifestPath, one] as const],
      ),
    ),
  );
  const manifests = filesBelow(arena.target.path).filter(
    (path) => path.endsWith('.json') && !files.has(path),
  );
  for (const path of told.keys())
    if (!manifests.includes(path)) found.push(`reported as done, and not there: ${path}`);
  const { vdis } = await arena.ledger.look(arena.control);
  for (const path of manifests) {
    const maker = told.get(path);
    const lost = settled.some(({ job, jobId }) => job === undefined && jobId !== undefined);
    if (!maker && !lost) found.push(`looks finished, and was not reported as done: ${path}`);
    const manifest = readManifestFile(path);
    for (const name of [manifest.image.file, manifest.checksums.file]) files.add(join(dirname(path), name));
    files.add(path);
    const after = (maker ?? settled[0]).wish.after;
    const { uuid } = manifest.snapshot;
    if (after !== 'remove' && (maker || vdis.some((vdi) => vdi.uuid === uuid)))
      arena.ledger.kept.set(uuid, after === 'keep' ? 'data' : 'changes');
    found.push(...(await judge(path, await truths.of(manifest))));
  }
  return found;
}

/** Never the pool's fault, nor the target's. */
const OURS = new Set(['internal-error', 'image-unsound', 'copy-worker-died', 'unexpected-answer']);

/** Whether it ended as it must with this fault, and in clear words. */
function judgeEnd({ job, jobId, refusal, wish }: Settled, fault: Fault): string[] {
  const what = `${wish.disks.join(', ')} (${wish.format}, ${wish.mode})`;
  if (!job) {
    if (jobId !== undefined && !fault.mayLoseJob) return [`${what}: the journal is gone or beyond use`];
    const mayNotBegin = fault.via === 'process' || fault.ends !== 'done' || fault.before !== undefined;
    return jobId !== undefined || mayNotBegin ? [] : [`${what}: refused, ${refusal}`];
  }
  const found: string[] = [];
  const failures = [job.failure, ...job.disks.map(({ outcome }) => outcome?.failure)].flatMap(
    (one) => one ?? [],
  );
  for (const { code, message, nextStep, details } of failures) {
    if (OURS.has(code)) found.push(`${what}: ${code}: ${details}`);
    if (message === '' || nextStep === '') found.push(`${what}: ${code} says nothing`);
  }
  const allowed: readonly string[] = {
    done: ['done'],
    clear: ['done', 'failed'],
    cancelled: ['done', 'cancelled'],
  }[fault.ends];
  if (!allowed.includes(job.state))
    found.push(`${what}: ended as ${job.state}, ${job.failure?.code ?? ''}: ${job.failure?.details ?? ''}`);
  if (job.state === 'done' && job.disks.some(({ outcome }) => outcome?.manifestPath === undefined))
    found.push(`${what}: done without a manifest`);
  return found;
}
