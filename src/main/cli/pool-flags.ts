import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { fail } from '../../shared/model/failure';
import { unwrap } from '../../shared/model/result';
import {
  connectPool,
  parseAddress,
  parseFingerprint,
  readCertificate,
  type PoolConnection,
} from '../engine/xapi/index';
import { mapFileError } from '../engine/image/file-failures';
import type { CliContext } from './context';
import { homeFolder } from './home';
import { demandFile } from './input-file';
import type { CliIo } from './io';
import { KnownPools } from '../engine/trust/known-pools';

export interface PoolFlags {
  pool: string;
  user: string;
  passwordFile?: string;
  fingerprint?: string;
  trustFirstUse?: boolean;
}

/** Adds the options that every command on a pool has. */
export const withPoolFlags = (command: Command): Command =>
  withLoginFlags(command.requiredOption('--pool <url>', 'https://host[:port] of the pool’s master'));

/** The same without `--pool`, for commands that need a pool only sometimes. */
export const withLoginFlags = (command: Command): Command =>
  command
    .option('--user <name>', 'user name', 'root')
    .option('--password-file <file>', 'file whose first line is the password')
    .option('--fingerprint <sha256>', 'trust exactly the certificate with this SHA-256 fingerprint')
    .option('--trust-first-use', 'trust the certificate seen now, remember it, refuse another one later');

/** Connects, works, and logs out whatever happens. */
export async function onPool<T>(
  flags: PoolFlags,
  { io }: CliContext,
  work: (pool: PoolConnection) => Promise<T>,
): Promise<T> {
  const fingerprint = await trustedFingerprint(flags, io);
  const password = await passwordOf(flags, io);
  const pool = unwrap(
    await connectPool({ url: flags.pool, user: flags.user, password, pin: { sha256: fingerprint } }),
  );
  try {
    return await work(pool);
  } finally {
    await pool.close();
  }
}

async function trustedFingerprint(flags: PoolFlags, io: CliIo): Promise<string> {
  if (flags.fingerprint !== undefined) return parseFingerprint(flags.fingerprint) ?? badFingerprint();
  const known = new KnownPools(join(homeFolder(io), 'known-pools.json'));
  const { origin } = parseAddress(flags.pool);
  const trusted = await known.fingerprintOf(origin);
  if (trusted !== undefined) return trusted;
  const { sha256, subject } = unwrap(await readCertificate(flags.pool));
  if (flags.trustFirstUse) {
    await known.trust(origin, sha256);
    io.err(`Trusting the certificate of ${origin} from now on: ${subject}, SHA-256 ${sha256}\n`);
    return sha256;
  }
  return fail({
    code: 'not-trusted',
    message: `The certificate of ${origin} is not known: ${subject}, SHA-256 ${sha256}.`,
    nextStep:
      'Compare it on the host (openssl x509 -noout -fingerprint -sha256 -in /etc/xensource/xapi-ssl.pem), then use --fingerprint, or --trust-first-use.',
  });
}

const badFingerprint = (): never =>
  fail({
    code: 'usage',
    message: 'The fingerprint is not a SHA-256.',
    nextStep: 'Give 64 hexadecimal digits, for example sha256:1a2b….',
  });

const emptyPassword = (message: string): never =>
  fail({
    code: 'password-missing',
    message,
    nextStep: 'Write the password there, or leave it out to be asked for it.',
  });

/** From the file, the environment or the terminal, in this order; never from an argument. */
async function passwordOf({ passwordFile, user, pool }: PoolFlags, io: CliIo): Promise<string> {
  if (passwordFile !== undefined) {
    const path = resolve(passwordFile);
    await demandFile(path, 'password file');
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      throw mapFileError(error, path, 'read');
    });
    return text.split(/\r?\n/, 1)[0] || emptyPassword(`The first line of ${path} is empty.`);
  }
  if (io.env.DELTASCOPE_PASSWORD !== undefined)
    return io.env.DELTASCOPE_PASSWORD || emptyPassword('DELTASCOPE_PASSWORD is empty.');
  const typed = await io.readSecret(`Password of ${user} on ${pool}: `);
  if (typed !== undefined) return typed;
  return fail({
    code: 'password-missing',
    message: 'There is no password and no terminal to ask for it.',
    nextStep: 'Use --password-file or the environment variable DELTASCOPE_PASSWORD.',
  });
}
