import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** What tells machines apart that share a folder, over NFS for instance: their process ids say nothing to each other. */
export const machineSchema = z.object({
  host: z.string(),
  /** Chosen when the system was set up. Unlike the boot id it outlives a power cut, after which jobs have to go on. */
  id: z.string().optional(),
  /** Containers of one machine may share all of the above, and each counts its processes anew. */
  processes: z.string().optional(),
});
export type Machine = z.infer<typeof machineSchema>;

/** Source: systemd machine-id(5). */
const ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

/** The same after each start of the machine, but for containers. Source: Linux pid_namespaces(7). */
const PROCESSES = '/proc/self/ns/pid';

export function thisMachine(): Machine {
  const id = ID_FILES.map((file) => ifThere(() => readFileSync(file, 'latin1').trim())).find(Boolean);
  const processes = ifThere(() => readlinkSync(PROCESSES));
  return { host: hostname(), ...(id ? { id } : {}), ...(processes ? { processes } : {}) };
}

/** Other systems have no such file. */
function ifThere(read: () => string): string | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Older versions wrote no `processes`. */
export const isSameMachine = (one: Machine, other: Machine): boolean =>
  one.host === other.host &&
  one.id === other.id &&
  (one.processes === other.processes || one.processes === undefined || other.processes === undefined);
