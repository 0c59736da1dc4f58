import net from 'node:net';
import { PassThrough } from 'node:stream';
import tls from 'node:tls';
import type { ReceivePath } from './byte-receiver';

/**
 * `net.connect` takes `onread`, but `tls.connect` over an existing socket ignores it: TLSSocket calls the constructor
 * `net.Socket` with `onread: null`. Here that call, which is synchronous, gets our `onread`. Because this rests on an
 * inner detail of Node (lib/_tls_wrap.js), {@link tlsReceivePath} tests it first, and connections fall back to stream
 * events, which they listen for in any case.
 */
export function connectTlsDirect(options: tls.ConnectionOptions, onread: net.OnReadOpts): tls.TLSSocket {
  return withOnread(onread, () => tls.connect(options));
}

/** Which way TLS data takes in this runtime; found out once per thread. */
export function tlsReceivePath(): ReceivePath {
  return (path ??= takesOnread() ? 'direct' : 'stream');
}

let path: ReceivePath | undefined;

function takesOnread(): boolean {
  let asked = false;
  const onread = {
    buffer: (): Buffer => {
      asked = true;
      return Buffer.alloc(1);
    },
    callback: (): boolean => true,
  };
  const carrier = new PassThrough();
  try {
    withOnread(onread, () => new tls.TLSSocket(carrier as unknown as net.Socket)).destroy();
  } catch {
    return false; // a runtime that does not let itself be asked this way is one that needs stream events
  } finally {
    carrier.destroy();
  }
  return asked;
}

function withOnread<T>(onread: net.OnReadOpts, construct: () => T): T {
  const holder = net as { Socket: unknown };
  const original = net.Socket;
  function SocketWithOnread(this: net.Socket, options: net.SocketConstructorOpts): unknown {
    return Reflect.apply(original as unknown as (o: unknown) => unknown, this, [{ ...options, onread }]);
  }
  SocketWithOnread.prototype = original.prototype as unknown;
  holder.Socket = SocketWithOnread;
  try {
    return construct();
  } finally {
    holder.Socket = original;
  }
}
