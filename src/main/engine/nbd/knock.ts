import net from 'node:net';
import type { NbdAddress } from './target';

/** Whether anybody takes a connection at an address within a time. Nothing is sent, and it is closed at once. */
export function answersKnock(address: NbdAddress, timeoutMs: number): Promise<boolean> {
  const to = address.kind === 'tcp' ? { host: address.host, port: address.port } : { path: address.path };
  return new Promise((resolve) => {
    const socket = net.connect(to);
    const settle = (answered: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answered);
    };
    const timer = setTimeout(() => settle(false), timeoutMs);
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}
