import { app } from 'electron';
import { parseLink, type Link } from '../../shared/model/link';
import { broadcast } from './ipc';

/** Takes `deltascope://` links from the system to the window: at once, or when it asks for them after its start. */
export class DeepLinks {
  #waiting: Link | undefined;
  #windowListens = false;

  constructor() {
    if (app.isPackaged) app.setAsDefaultProtocolClient('deltascope');
    // macOS hands links over in an event, the others as an argument.
    app.on('open-url', (event, url) => {
      event.preventDefault();
      this.follow([url]);
    });
    this.follow(process.argv);
  }

  /** The first link among the arguments of a start. */
  follow(words: readonly string[]): void {
    const link = words.map(parseLink).find((found) => found !== undefined);
    if (link === undefined) return;
    if (this.#windowListens) broadcast('command.run', { id: 'link.open', args: [link] });
    else this.#waiting = link;
  }

  /** A window opens: until it asks, it cannot hear of links. */
  windowOpens(): void {
    this.#windowListens = false;
  }

  /** The link that the app was started with; from now on the window hears of links as they come. */
  take(): Link | undefined {
    const link = this.#waiting;
    this.#windowListens = true;
    this.#waiting = undefined;
    return link;
  }
}
