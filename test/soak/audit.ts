import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import type { Arena } from './arena';
import { filesBelow } from './settle';

const PATIENCE_MS = 20_000;

/** What is left behind where nothing should be. Attachments go by themselves some time after a connection. */
export async function audit(arena: Arena, files: ReadonlySet<string>): Promise<string[]> {
  const found: string[] = [];
  if (!arena.demo.alive) return ['the demo pool has ended'];
  let onPool: string[] = [];
  for (const end = Date.now() + PATIENCE_MS; ;) {
    onPool = arena.ledger.faults(await arena.ledger.look(arena.control));
    if (onPool.length === 0 || Date.now() > end) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  found.push(...onPool.map((text) => `on the pool: ${text}`));
  const there = filesBelow(arena.target.path);
  for (const path of there) if (!files.has(path)) found.push(`left on disk: ${path}`);
  for (const path of files) if (!there.includes(path)) found.push(`lost from disk: ${path}`);
  for (const path of arena.target.strays()) found.push(`written where the target was away: ${path}`);
  found.push(...inJobsFolder(arena));
  for (const pid of children()) if (pid !== arena.demo.pid) found.push(`process ${pid} still runs`);
  return found;
}

/** Of jobs that have ended only journal and log stay. */
function inJobsFolder({ jobsFolder }: Arena): string[] {
  if (!existsSync(jobsFolder)) return [];
  return readdirSync(jobsFolder)
    .filter((name) => !/\.(jsonl|log|jsonl\.damaged)$/.test(name))
    .map((name) => `left in the folder of jobs: ${name}`);
}

/** Processes that this one started. */
function children(): number[] {
  if (!existsSync('/proc/self/task')) return [];
  return readdirSync('/proc/self/task').flatMap((task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
    } catch {
      return []; // the thread has ended
    }
  });
}

/** Takes away what a violation left, so that the next export is judged by itself. */
export function sweep(arena: Arena, files: ReadonlySet<string>): void {
  for (const path of filesBelow(arena.target.path)) if (!files.has(path)) rmSync(path, { force: true });
  for (const name of inJobsFolder(arena).map((text) => text.split(': ')[1]))
    rmSync(`${arena.jobsFolder}/${name}`, { force: true });
}
