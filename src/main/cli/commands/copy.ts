import { readFile, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { Option } from 'commander';
import { fail } from '../../../shared/model/failure';
import { unwrap } from '../../../shared/model/result';
import { describeParent, detectFormat } from '../../engine/image/index';
import { mapFileError } from '../../engine/image/file-failures';
import type { ImageFormat, ParentImage } from '../../engine/image/types';
import type { ClientCertificate } from '../../engine/nbd/target';
import { targetFromUri, type UriTrust } from '../../engine/nbd/uri';
import { partialName } from '../../engine/export/files/names';
import { demandNew, publishNew } from '../../engine/export/files/new-file';
import { demandSameFiles } from '../../engine/export/files/same-file';
import { syncFolder } from '../../engine/export/files/sync-folder';
import type { CopyOutcome } from '../../engine/export/copy/request';
import { connections } from '../connections-argument';
import { jsonLine, type AddCommand, type CliContext } from '../context';
import { readBitmapFile } from '../bitmap-file';
import { followCopy } from '../follow-copy';
import { formatOf } from '../image-format';
import { formatBytes, formatDuration, parseRate } from '../terminal/units';

interface CopyFlags {
  format?: ImageFormat;
  changed?: string;
  base?: string;
  ca?: string;
  fingerprint?: string;
  clientCert?: string;
  clientKey?: string;
  connections?: number;
  multiConn?: boolean;
  checksums?: string;
  limit?: string;
  json?: boolean;
}

const DESCRIPTION = `Copies a disk from any NBD server into an image file: the engine without a pool.

The address is nbd://host[:port]/export, nbds://… for TLS, or nbd+unix:///export?socket=PATH.
nbds:// is verified against the system's authorities, --ca or --fingerprint; it cannot be switched off.
With --changed only the blocks marked in the bitmap are read (one bit per 64 KiB block, most significant
bit first; raw bytes or the base64 text that VDI.list_changed_blocks returns), and with --base the image
becomes an increment on the previous image.
With "null:" as the file everything is read and nothing is written, which tells how fast the server is.`;

/** Unless it is told how many, the engine adds connections while they help. */
const MOST_CONNECTIONS = 6;
/** Of an unknown server: one that works in parallel needs no more, and each costs both sides something. */
const FIRST_CONNECTIONS = 1;

/** In place of a file. */
const NOWHERE = 'null:';

export const addCopy: AddCommand = (program, context) => {
  program
    .command('copy')
    .summary('copy from an NBD server into an image, without a pool')
    .description(DESCRIPTION)
    .argument('<nbd-uri>', 'where the disk is')
    .argument('<file>', 'image to write; it must not exist ("null:" writes nothing)')
    .addOption(
      new Option('--format <format>', 'image format (default: by the name of the file, else raw)').choices([
        'vhd',
        'qcow2',
        'raw',
      ]),
    )
    .option('--changed <bitmap>', 'read only the blocks marked in this file')
    .option('--base <file>', 'the previous image; the new one holds what is different')
    .option('--ca <file>', 'PEM file with the authority that signed the server certificate')
    .option('--fingerprint <sha256>', 'trust exactly the certificate with this SHA-256 fingerprint')
    .option('--client-cert <file>', 'PEM file with our certificate, for servers that ask for one')
    .option('--client-key <file>', 'PEM file with its unencrypted private key')
    .option('--connections <n>', 'NBD connections, 1 to 16 (default: chosen by the engine)', connections)
    .option('--multi-conn', 'several connections are safe even if the server does not say so')
    .option('--checksums <file>', 'also write the checksum of every 64 KiB block into this new file')
    .option('--limit <rate>', 'most bytes per second, for example 100MiB/s')
    .option('--json', 'print machine-readable lines')
    .action((uri: string, file: string, flags: CopyFlags) =>
      copy(uri, file === NOWHERE ? file : resolve(file), flags, context),
    );
};

async function copy(uri: string, file: string, flags: CopyFlags, context: CliContext): Promise<void> {
  const target = unwrap(targetFromUri(uri, await trustOf(flags)));
  const format = flags.format ?? formatOf(file);
  const parent = flags.base === undefined ? undefined : await parentOf(resolve(flags.base), format);
  if (parent && flags.changed === undefined) {
    usage(
      '--base needs --changed: without it nobody knows what is different.',
      'Give both, or neither for a full copy.',
    );
  }
  const changed = flags.changed === undefined ? undefined : await readBitmapFile(flags.changed);
  const discard = file === NOWHERE;
  const sums = flags.checksums === undefined ? undefined : resolve(flags.checksums);
  const files = [file, sums].filter((path) => path !== undefined && path !== NOWHERE) as string[];
  // Neither finished files nor the unfinished ones of another copy.
  for (const path of files) for (const taken of [path, partialName(path)]) await demandNew(taken);
  let isOurs = false;
  const running = context.startCopy(
    {
      source: {
        kind: 'nbd',
        targets: [target],
        ...(flags.connections === undefined
          ? { connections: FIRST_CONNECTIONS, mostConnections: MOST_CONNECTIONS }
          : { connections: flags.connections }),
        ...(flags.multiConn ? { multiConn: true } : {}),
      },
      extents: changed ? { kind: 'changed', bitmap: changed } : { kind: 'used' },
      target: { format, path: partialName(file), finalPath: file, discard, ...(parent ? { parent } : {}) },
      ...(sums === undefined ? {} : { checksumsPath: partialName(sums) }),
      ...(flags.limit === undefined ? {} : { limitBytesPerSecond: parseRate(flags.limit) }),
    },
    { onConnected: () => (isOurs = true) },
  );
  const result = await followCopy(running, 'copying', context.io);
  if (!result.ok && !isOurs) unwrap(result);
  // What came into their place is not ours to remove.
  if (result.ok) await demandSameFiles(result.value.files);
  const ours = new Set(files.map(partialName));
  let outcome: CopyOutcome;
  try {
    outcome = unwrap(result);
    for (const path of files) {
      await publishNew(partialName(path), path);
      ours.delete(partialName(path));
      ours.add(path);
      await syncFolder(dirname(path));
    }
  } catch (error) {
    // An image without the checksums that were asked for is not what was asked for.
    for (const path of ours) await rm(path, { force: true });
    throw mapFileError(error, file);
  }
  report(outcome, file, format, flags, context);
}

function report(
  outcome: CopyOutcome,
  file: string,
  format: ImageFormat,
  flags: CopyFlags,
  { io }: CliContext,
): void {
  const { readBytes, writtenBytes, zeroBytes, seconds, sizeBytes, connections } = outcome;
  if (flags.json) {
    const sizes = { sizeBytes, readBytes, writtenBytes, zeroBytes };
    jsonLine(io, { event: 'done', file, format, ...sizes, connections, seconds });
    return;
  }
  io.out(
    `${file}: ${formatBytes(sizeBytes)} disk, read ${formatBytes(readBytes)}, stored ${formatBytes(writtenBytes)}, ` +
      `zero ${formatBytes(zeroBytes)}, in ${formatDuration(seconds)} (${formatBytes(Math.round(readBytes / Math.max(seconds, 0.001)))}/s)\n`,
  );
}

async function trustOf(flags: CopyFlags): Promise<UriTrust> {
  const clientCertificate = await clientCertificateOf(flags);
  return {
    ...(clientCertificate ? { clientCertificate } : {}),
    ...(flags.ca === undefined ? {} : { caPem: await readText(resolve(flags.ca)) }),
    ...(flags.fingerprint === undefined ? {} : { fingerprint: flags.fingerprint }),
  };
}

async function clientCertificateOf({
  clientCert,
  clientKey,
}: CopyFlags): Promise<ClientCertificate | undefined> {
  if (clientCert === undefined && clientKey === undefined) return undefined;
  if (clientCert === undefined || clientKey === undefined)
    usage(
      'A certificate needs its key, and a key its certificate.',
      'Give both --client-cert and --client-key.',
    );
  return { certPem: await readText(resolve(clientCert)), keyPem: await readText(resolve(clientKey)) };
}

const readText = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw mapFileError(error, path, 'read');
  });

async function parentOf(base: string, format: ImageFormat): Promise<ParentImage> {
  const parentFormat = await detectFormat(base);
  if (format !== parentFormat && (format !== 'qcow2' || parentFormat === 'vhd')) {
    usage(
      `A ${format} increment cannot build on a ${parentFormat} image.`,
      `Write the increment as ${parentFormat}, or convert the base first.`,
    );
  }
  return describeParent(base, { format: parentFormat });
}

function usage(message: string, nextStep: string): never {
  return fail({ code: 'usage', message, nextStep });
}
