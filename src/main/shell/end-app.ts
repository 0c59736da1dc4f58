/** Electron's app, as far as its end goes. */
export interface EndingApp {
  on(event: 'window-all-closed', listener: () => void): unknown;
  on(event: 'will-quit', listener: (event: { preventDefault(): void }) => void): unknown;
  quit(): void;
}

/** Threads that have done their work end within it, or never. */
const THREADS_MS = 1000;

/** A pool in reach answers within it; a session on one that is not ends by itself after a day. */
const LOG_OUT_MS = 3000;

/**
 * Ends the app once its last window is closed, or when it is told to quit, and logs out of the pools before.
 * @param undo undoes work that cannot go on after the next start.
 * @param logOut is waited for 3 s at most.
 * @param threadsEnded whether all threads have ended, in the time it is given. Where they have not, a job is going on that
 *   will be taken up after the next start, or a thread hangs.
 * @param kill ends the process without waiting for its threads, which may take for ever; see threads.ts.
 */
export function endApp(
  app: EndingApp,
  parts: {
    readonly hasWindow: () => boolean;
    readonly undo: () => Promise<void>;
    readonly logOut: () => Promise<void>;
    readonly threadsEnded: (atMostMs: number) => Promise<boolean>;
    readonly kill: () => void;
  },
): void {
  let isLoggingOut = false;
  let isLoggedOut = false;
  const end = async (): Promise<void> => {
    await atMost(LOG_OUT_MS, parts.logOut());
    const isIdle = await parts.threadsEnded(THREADS_MS);
    isLoggingOut = false;
    // Started again meanwhile, it stays.
    isLoggedOut = !parts.hasWindow();
    if (!isLoggedOut) return;
    // Not before the event that was prevented is over: until then Electron takes itself to be quitting, and does nothing.
    setImmediate(isIdle ? () => app.quit() : parts.kill);
  };
  app.on('window-all-closed', () => {
    // Undoing a restore takes its time, in which the app may be started again: then it stays.
    void parts.undo().finally(() => {
      if (!parts.hasWindow()) app.quit();
    });
  });
  app.on('will-quit', (event) => {
    if (isLoggedOut) return;
    event.preventDefault();
    if (isLoggingOut) return;
    isLoggingOut = true;
    void end();
  });
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
