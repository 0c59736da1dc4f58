import { generateKeyPair, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';
import { bitString, context, encode, objectId, sequence, tag, time } from './der';

export interface HostCertificate {
  readonly certPem: string;
  readonly keyPem: string;
  /** SHA-256 of the certificate, `AA:BB:…`, as XAPI shows it. */
  readonly fingerprint: string;
}

const DAY_MS = 86_400_000;
const oid = {
  sha256WithRsa: '1.2.840.113549.1.1.11',
  commonName: '2.5.4.3',
  basicConstraints: '2.5.29.19',
  subjectAltName: '2.5.29.17',
} as const;

/**
 * A self-signed RSA certificate, as each host of a pool makes one for itself: valid for ten years, for the name,
 * `localhost` and the loopback addresses.
 */
export async function createHostCertificate(hostName: string): Promise<HostCertificate> {
  const keys = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const algorithm = sequence(objectId(oid.sha256WithRsa), encode(tag.null));
  const content = toBeSigned(hostName, keys.publicKey, algorithm);
  const signature = sign('sha256', content, keys.privateKey);
  const certificate = new X509Certificate(sequence(content, algorithm, bitString(signature)));
  return {
    certPem: certificate.toString(),
    keyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
    fingerprint: certificate.fingerprint256,
  };
}

/** TBSCertificate. Source: RFC 5280, 4.1. */
function toBeSigned(hostName: string, publicKey: KeyObject, algorithm: Buffer): Buffer {
  const now = Date.now();
  const serial = randomBytes(16);
  serial[0] = (serial[0] & 0x3f) | 0x40;
  const name = sequence(
    encode(tag.set, sequence(objectId(oid.commonName), encode(tag.utf8String, Buffer.from(hostName)))),
  );
  const version3 = encode(context(0, 'constructed'), encode(tag.integer, Buffer.from([2])));
  const validity = sequence(time(new Date(now - DAY_MS)), time(new Date(now + 3650 * DAY_MS)));
  return sequence(
    version3,
    encode(tag.integer, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    encode(context(3, 'constructed'), sequence(constraints(), alternativeNames(hostName))),
  );
}

/** A certificate that is its own authority, so that clients may take it as their only trusted one. */
function constraints(): Buffer {
  const yes = encode(tag.boolean, Buffer.from([0xff]));
  return sequence(objectId(oid.basicConstraints), yes, encode(tag.octetString, sequence(yes)));
}

function alternativeNames(hostName: string): Buffer {
  const dnsName = context(2, 'primitive');
  const ipAddress = context(7, 'primitive');
  const loopback6 = Buffer.alloc(16);
  loopback6[15] = 1;
  const names = sequence(
    encode(dnsName, Buffer.from(hostName)),
    encode(dnsName, Buffer.from('localhost')),
    encode(ipAddress, Buffer.from([127, 0, 0, 1])),
    encode(ipAddress, loopback6),
  );
  return sequence(objectId(oid.subjectAltName), encode(tag.octetString, names));
}
