/** What ends the wait for an answer: an element that matches and shows the text. */
export interface Sign {
  readonly selector: string;
  readonly text: string;
  /** The key that is measured; any by default. */
  readonly key?: string;
}

declare global {
  interface Window {
    answered?: Promise<number>;
  }
}

/**
 * Runs in the page: from the moment that the next key was pressed to the end of the frame that shows the
 * answer, in milliseconds, as `window.answered`.
 */
export function watchForAnswer({ selector, text, key }: Sign): void {
  const shown = (): boolean =>
    [...document.querySelectorAll(selector)].some((element) => (element.textContent ?? '').includes(text));
  window.answered = new Promise((resolve, reject) => {
    const channel = new MessageChannel();
    const began = (event: KeyboardEvent): void => {
      if (key !== undefined && event.key !== key) return;
      window.removeEventListener('keydown', began, true);
      const look = (): void => {
        requestAnimationFrame(() => {
          // The message is delivered once the frame has been rendered.
          channel.port1.onmessage = () => {
            const passed = performance.now() - event.timeStamp;
            if (shown()) resolve(passed);
            else if (passed > 10_000) reject(new Error(`no ${selector} with ${text}`));
            else look();
          };
          channel.port2.postMessage(undefined);
        });
      };
      look();
    };
    window.addEventListener('keydown', began, true);
  });
}
