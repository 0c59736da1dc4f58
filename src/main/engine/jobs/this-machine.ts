import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { z } from 'zod';

/** What tells machines apart that share a folder, over NFS for instance: their process ids say nothing to each other. */
export const machineSchema = z.object({
  host: z.string(),
  /** Chosen when the system was set up. Unlike the boot id it outlives a power cut, after which jobs have to go on. */
  id: z.string().optional(),
});
export type Machine = z.infer<typeof machineSchema>;

/** Source: systemd machine-id(5). */
const ID_FILES = ['/etc/machine-id', '/var/lib/dbus/machine-id'];

export function thisMachine(): Machine {
  const host = hostname();
  for (const file of ID_FILES) {
    const id = read(file);
    if (id !== '') return { host, id };
  }
  return { host };
}

/** Other systems have no such file. */
function read(file: string): string {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return '';
  }
}

export const isSameMachine = (one: Machine, other: Machine): boolean =>
  one.host === other.host && one.id === other.id;
