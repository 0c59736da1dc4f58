import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CliIo } from './io';

/**
 * Folder for known pools, journals and logs, shared with the window; DELTASCOPE_HOME overrides where the system puts
 * such things.
 */
export function homeFolder({ env }: Pick<CliIo, 'env'>): string {
  if (env.DELTASCOPE_HOME) return env.DELTASCOPE_HOME;
  if (process.platform === 'win32')
    return join(env.APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Deltascope');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Deltascope');
  return join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'Deltascope');
}

export const jobsFolder = (io: Pick<CliIo, 'env'>): string => join(homeFolder(io), 'jobs');
