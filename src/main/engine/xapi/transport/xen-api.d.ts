/** The parts of xen-api 4.7.6 that client.ts relies on. Underscore fields are private: a contract test guards them. */
declare module 'xen-api' {
  import type { EventEmitter } from 'node:events';
  import type { Dispatcher } from 'undici';

  export interface XenApiOptions {
    readonly url: string;
    readonly auth: { readonly user: string; readonly password: string };
    readonly allowUnauthorized: boolean;
    readonly watchEvents: false;
    readonly transport: 'json-rpc';
  }

  export interface XenApiUrl {
    readonly hostname: string;
    readonly port?: string;
  }

  export class Xapi extends EventEmitter {
    constructor(options: XenApiOptions);
    readonly status: 'connected' | 'connecting' | 'disconnected';
    readonly sessionId: string;
    connect(): Promise<void>;
    disconnect(): Promise<void>;
    call(method: string, ...parameters: unknown[]): Promise<unknown>;
    _call(method: string, parameters?: unknown[], timeoutMilliseconds?: number): Promise<unknown>;
    _sessionCall(method: string, parameters?: unknown[]): Promise<unknown>;
    _sessionOpen(): Promise<void>;
    _sessionId: string | undefined;
    _undiciDispatcher: Dispatcher;
    _url: XenApiUrl;
    _createTransport: (parts: {
      dispatcher: Dispatcher;
      url: XenApiUrl;
    }) => (method: string, parameters: readonly unknown[]) => Promise<unknown>;
    _setUrl(url: XenApiUrl): void;
    _auth: { readonly user: string; readonly password: string };
  }
  export function createClient(options: XenApiOptions): Xapi;
}
