import { execFileSync } from 'node:child_process';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { expect, it } from 'vitest';
import { createHostCertificate } from './certificate';

it('is a certificate for the host, localhost and loopback that belongs to its key and signs itself', async () => {
  const { certPem, keyPem, fingerprint } = await createHostCertificate('host-1.demo.example');
  const certificate = new X509Certificate(certPem);
  expect(certificate.subject).toBe('CN=host-1.demo.example');
  expect(certificate.checkHost('host-1.demo.example')).toBeDefined();
  expect(certificate.checkHost('localhost')).toBeDefined();
  expect(certificate.checkIP('127.0.0.1')).toBeDefined();
  expect(certificate.checkIP('::1')).toBeDefined();
  expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.fingerprint256).toBe(fingerprint);
  const days = (Date.parse(certificate.validTo) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(3600);
});

it('differs from host to host', async () => {
  const [one, two] = await Promise.all([createHostCertificate('a'), createHostCertificate('a')]);
  expect(one.fingerprint).not.toBe(two.fingerprint);
});

it('is understood by openssl', async () => {
  const { certPem } = await createHostCertificate('host-1.demo.example');
  const text = execFileSync('openssl', ['x509', '-noout', '-text'], { input: certPem, encoding: 'utf8' });
  expect(text).toContain('DNS:host-1.demo.example, DNS:localhost, IP Address:127.0.0.1');
});
