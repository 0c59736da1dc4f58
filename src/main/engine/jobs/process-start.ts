import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When a process began, in whatever unit the system has: with its id it names one process for good. Undefined when
 * there is no such process; `unknown` when there is one but the system does not say.
 */
export function processStart(pid: number, platform = process.platform): string | undefined {
  if (!isAlive(pid)) return undefined;
  try {
    if (platform === 'linux') return linuxStart(pid);
    if (platform === 'win32') {
      const ticks = `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().Ticks`;
      return run('powershell', ['-NoProfile', '-Command', ticks]);
    }
    return run('ps', ['-o', 'lstart=', '-p', String(pid)]);
  } catch {
    return 'unknown';
  }
}

/** The 22nd field, in clock ticks since this boot; the second may hold spaces. Source: Linux proc_pid_stat(5). */
function linuxStart(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return `${boot} ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}`;
}

/** Window and terminal may have another time zone and language; what they are told must be the same. */
const run = (program: string, words: string[]): string =>
  execFileSync(program, words, {
    encoding: 'utf8',
    timeout: 10_000,
    env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
  }).trim();

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
