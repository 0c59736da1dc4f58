import { InvalidArgumentError } from 'commander';
import { fail } from '../../../shared/model/failure';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { withDemoPool } from '../with-demo-pool';

const DESCRIPTION = `Starts the demo pool alone and keeps it running until Ctrl+C: two hosts, seven VMs with real file systems, XAPI over
HTTPS and NBD over TLS, all on this machine and in memory. Prints one line of JSON with url, user, password,
fingerprint and cert (PEM).`;

export const addDemo: AddCommand = (program, context) => {
  program
    .command('demo')
    .summary('run the demo pool alone')
    .description(DESCRIPTION)
    .option('--listen <address:port>', 'where the master listens; port 0 takes a free one', '127.0.0.1:0')
    .option(
      '--vms <count>',
      'add this many small VMs, to see how a large pool feels (at most 10000)',
      countOf,
      0,
    )
    .option('--json', 'accepted for symmetry: the output is always one line of JSON')
    .action((options: { listen: string; vms: number }) => demo(options, context));
};

async function demo(
  { listen, vms }: { listen: string; vms: number },
  { io, files }: CliContext,
): Promise<void> {
  await withDemoPool(files, { vmCount: vms, ...addressOf(listen) }, async (pool) => {
    const { url, user, password, fingerprint, certPem } = pool;
    jsonLine(io, { url, user, password, fingerprint, cert: certPem });
    await new Promise<void>((resolve) => {
      if (io.signal.aborted) resolve();
      else io.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  });
}

export function countOf(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > 10_000) throw new InvalidArgumentError('It must be 0 to 10000.');
  return count;
}

export function addressOf(listen: string): { address: string; port: number } {
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(listen);
  if (match && Number(match[2]) <= 65_535) return { address: match[1], port: Number(match[2]) };
  return fail({
    code: 'usage',
    message: `"${listen}" is not an address to listen on.`,
    nextStep: 'Write it as 127.0.0.1:8443, or with port 0 for a free one.',
  });
}
