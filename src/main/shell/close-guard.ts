import { dialog, type BrowserWindow } from 'electron';
import type { Job } from '../../shared/model/job';

const CANCEL = 0;
const STAY = 1;

/**
 * Asks before the window is closed under jobs that are not finished.
 * @param cancelJobs cancels them and waits until pool and disk are clean.
 */
export function guardClose(
  window: BrowserWindow,
  unfinished: () => readonly Job[],
  cancelJobs: () => Promise<void>,
): void {
  let decided = false;
  let asking = false;
  const ask = async (jobs: readonly Job[]): Promise<void> => {
    const [first] = jobs;
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message: jobs.length === 1 ? `“${first?.title}” is running.` : `${jobs.length} jobs are running.`,
      detail:
        'Cancelled exports leave nothing on the pool or on disk. Interrupted ones keep their snapshot and what was read so far, and can be resumed when Deltascope is started again.',
      buttons: ['Cancel the Exports and Close', 'Keep Running', 'Close and Resume Later'],
      defaultId: STAY,
      cancelId: STAY,
    });
    if (response === STAY) return;
    if (response === CANCEL) await cancelJobs();
    decided = true;
    window.close();
  };
  window.on('close', (event) => {
    const jobs = unfinished();
    if (decided || jobs.length === 0) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void ask(jobs).finally(() => {
      asking = false;
    });
  });
}
