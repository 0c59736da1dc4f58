import { dialog, type BrowserWindow } from 'electron';
import type { CloseQuestion } from './close-question';

/**
 * Asks before the window is closed under work that is not finished.
 * @param question what to ask; undefined while nothing runs.
 * @param cancelAll cancels the work and waits until pool and disk are clean.
 */
export function guardClose(
  window: BrowserWindow,
  question: () => CloseQuestion | undefined,
  cancelAll: () => Promise<void>,
): void {
  let decided = false;
  let asking = false;
  const ask = async ({ message, detail, answers }: CloseQuestion): Promise<void> => {
    const stay = answers.findIndex(({ answer }) => answer === 'stay');
    const { response } = await dialog.showMessageBox(window, {
      type: 'warning',
      message,
      detail,
      buttons: answers.map(({ label }) => label),
      defaultId: stay,
      cancelId: stay,
    });
    const { answer } = answers[response];
    if (answer === 'stay') return;
    if (answer === 'cancel') await cancelAll();
    decided = true;
    window.close();
  };
  window.on('close', (event) => {
    const now = question();
    if (decided || now === undefined) return;
    event.preventDefault();
    if (asking) return;
    asking = true;
    void ask(now).finally(() => {
      asking = false;
    });
  });
}
