import { BrowserWindow, ipcMain, type WebFrameMain } from 'electron';
import { z } from 'zod';
import type { EventName, EventPayload } from '../../shared/contract/events';
import {
  requests,
  type RequestInput,
  type RequestName,
  type RequestOutput,
} from '../../shared/contract/requests';
import { toFailure } from '../../shared/model/failure';
import { err, ok, type Result } from '../../shared/model/result';
import { APP_ORIGIN } from './app-protocol';

/** One function per request of the contract. Failures are thrown as `FailureError` or returned by the engine. */
export type Handlers = {
  [N in RequestName]: (
    input: z.output<(typeof requests)[N]['input']>,
  ) => RequestOutput<N> | Promise<RequestOutput<N>>;
};

/** Only our own top-level page may ask for anything. */
function isTrusted(frame: WebFrameMain | null): boolean {
  if (frame === null || frame.parent !== null) return false;
  // Node's URL gives no origin for schemes of our own.
  const { protocol, host } = new URL(frame.url);
  const origin = `${protocol}//${host}`;
  return origin === APP_ORIGIN || (devServer !== undefined && origin === new URL(devServer).origin);
}
const devServer = process.env['ELECTRON_RENDERER_URL'];

const invalid = (name: string, error: z.ZodError) => ({
  code: 'invalid-request',
  message: `The request "${name}" is not well-formed.`,
  nextStep: 'This is a fault in Deltascope. Please report it with the details below.',
  details: z.prettifyError(error),
});

/** Answers the window's requests; inputs are validated, errors travel as values. */
export function serveRequests(handlers: Handlers): void {
  const isRequest = (name: unknown): name is RequestName =>
    typeof name === 'string' && Object.hasOwn(requests, name);
  async function answer<N extends RequestName>(name: N, raw: unknown): Promise<Result<RequestOutput<N>>> {
    const input = requests[name].input.safeParse(raw);
    if (!input.success) return err(invalid(name, input.error));
    try {
      const handler = handlers[name] as (input: unknown) => RequestOutput<N> | Promise<RequestOutput<N>>;
      return ok(await handler(input.data));
    } catch (error) {
      return err(toFailure(error));
    }
  }
  ipcMain.handle('request', (event, name: unknown, raw: RequestInput<RequestName>) => {
    if (!isTrusted(event.senderFrame) || !isRequest(name)) throw new Error('request refused');
    return answer(name, raw);
  });
}

/** Tells every window. */
export function broadcast<N extends EventName>(name: N, payload: EventPayload<N>): void {
  for (const window of BrowserWindow.getAllWindows()) {
    if (!window.isDestroyed()) window.webContents.send('event', name, payload);
  }
}
