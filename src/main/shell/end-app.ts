/** Electron's app, as far as its end goes. */
export interface EndingApp {
  on(event: 'window-all-closed', listener: () => void): unknown;
  on(event: 'will-quit', listener: (event: { preventDefault(): void }) => void): unknown;
  quit(): void;
}

/** A pool in reach answers within it; a session on one that is not ends by itself after a day. */
const LOG_OUT_MS = 3000;

/**
 * Ends the app once its last window is closed, or when it is told to quit, and logs out of the pools before.
 * @param undo undoes work that cannot go on after the next start.
 * @param logOut is waited for 3 s at most.
 */
export function endApp(
  app: EndingApp,
  parts: {
    readonly hasWindow: () => boolean;
    readonly undo: () => Promise<void>;
    readonly logOut: () => Promise<void>;
  },
): void {
  let isLoggingOut = false;
  let isLoggedOut = false;
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
    void atMost(LOG_OUT_MS, parts.logOut()).finally(() => {
      isLoggingOut = false;
      // Started again meanwhile, it stays.
      isLoggedOut = !parts.hasWindow();
      // Not before the event that was prevented is over: until then Electron takes itself to be quitting, and does nothing.
      if (isLoggedOut) setImmediate(() => app.quit());
    });
  });
}

async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
