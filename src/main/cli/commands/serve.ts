import { resolve } from 'node:path';
import { fail } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { DEFAULT_LISTEN, serveExport } from '../../engine/library/serve';
import type { NbdAddress } from '../../engine/nbd/target';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { demandFile } from '../input-file';
import { formatBytes } from '../terminal/units';

interface ServeFlags {
  listen?: string;
  json?: boolean;
}

const DESCRIPTION = `Offers an export, with everything that it builds on, as a read-only NBD disk of this machine, until Ctrl+C. Any
tool that speaks NBD can then read it: "qemu-img convert", "nbdcopy", "nbdinfo", or the kernel's "nbd-client -readonly".
Every block is compared with its checksum when it is read; a damaged one is answered with an error.
There is neither encryption nor a login, so it listens on loopback addresses and unix sockets only. Programs of other
users of this machine can reach a loopback port, but not a unix socket, which is made for your account alone.`;

export const addServe: AddCommand = (program, context) => {
  program
    .command('serve')
    .summary('read an export as a disk over NBD, read-only')
    .description(DESCRIPTION)
    .argument('<manifest>', 'the .json file of the export whose state is wanted')
    .option(
      '--listen <address>',
      '127.0.0.1:PORT, [::1]:PORT (port 0: a free one) or unix:PATH',
      '127.0.0.1:0',
    )
    .option('--json', 'print machine-readable lines')
    .action((manifest: string, flags: ServeFlags) => serve(resolve(manifest), flags, context));
};

async function serve(manifest: string, flags: ServeFlags, { io }: CliContext): Promise<void> {
  const listen = parseListen(flags.listen);
  await demandFile(manifest, 'manifest (the .json file of an export)');
  let readBytes = 0;
  const served = unwrap(
    await serveExport(manifest, {
      listen,
      onRead: (bytes) => (readBytes += bytes),
      onFailure: ({ message, nextStep }) => io.err(`${message}\n  What to do: ${nextStep}\n`),
    }),
  );
  const { uri, sizeBytes } = served;
  if (flags.json) jsonLine(io, { event: 'serving', uri, sizeBytes });
  else io.out(`${uri}\n  a disk of ${formatBytes(sizeBytes)}, read-only; Ctrl+C ends it\n`);
  if (!io.signal.aborted)
    await new Promise((resolved) => io.signal.addEventListener('abort', resolved, { once: true }));
  await served.close();
  if (flags.json) jsonLine(io, { event: 'done', readBytes });
  else io.out(`Ended; ${formatBytes(readBytes)} were read.\n`);
}

function parseListen(text: string | undefined): NbdAddress {
  if (text === undefined) return DEFAULT_LISTEN;
  if (text.startsWith('unix:') && text.length > 5) return { kind: 'unix', path: resolve(text.slice(5)) };
  const parts = /^(?:\[([0-9a-f:]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(text);
  const [, ipv6, name = '', port] = parts ?? [];
  const host = ipv6 ?? (name === 'localhost' ? '127.0.0.1' : name);
  if (parts && Number(port) < 65_536) return { kind: 'tcp', host, port: Number(port) };
  return fail({
    code: 'usage',
    message: `"${text}" is no address to listen on.`,
    nextStep: 'Write it as 127.0.0.1:10809, 127.0.0.1:0 for a free port, or unix:/path/of/a/socket.',
  });
}
