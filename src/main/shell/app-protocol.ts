import { readFile } from 'node:fs/promises';
import { extname, join, normalize, sep } from 'node:path';
import { protocol } from 'electron';

/** The window is served from its own origin, so that file access rights need not be granted to it. */
export const APP_ORIGIN = 'app://ui';

const types = new Map([
  ['.html', 'text/html; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.css', 'text/css; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
  ['.png', 'image/png'],
  ['.ttf', 'font/ttf'],
  ['.woff2', 'font/woff2'],
]);

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  // dockview and radix position their parts with style attributes
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Call before the app is ready. */
export function declareAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** Serves the files below `root` as `app://ui/…`. Call once the app is ready. */
export function serveApp(root: string): void {
  protocol.handle('app', async (request) => {
    const url = new URL(request.url);
    const path = join(
      root,
      normalize(decodeURIComponent(url.pathname === '/' ? '/index.html' : url.pathname)),
    );
    if (url.host !== 'ui' || !path.startsWith(root + sep)) return new Response(null, { status: 403 });
    try {
      return new Response(new Uint8Array(await readFile(path)), {
        headers: {
          'content-type': types.get(extname(path)) ?? 'application/octet-stream',
          'content-security-policy': policy,
          'x-content-type-options': 'nosniff',
        },
      });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
}
