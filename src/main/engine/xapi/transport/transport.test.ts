import { describe, expect, it } from 'vitest';
import { addressOfHost, parseAddress } from './address';
import { parseFingerprint } from './fingerprint';

describe('a pool’s address', () => {
  it.each([
    ['xcp1', 'https://xcp1', 'xcp1', 443],
    ['https://xcp1.example.org/', 'https://xcp1.example.org', 'xcp1.example.org', 443],
    ['10.0.0.1:8443', 'https://10.0.0.1:8443', '10.0.0.1', 8443],
    ['https://[2001:db8::1]:8443', 'https://[2001:db8::1]:8443', '2001:db8::1', 8443],
  ])('reads %s', (text, origin, host, port) => {
    expect(parseAddress(text)).toEqual({ origin, host, port });
  });

  it.each(['', 'http://xcp1', 'https://user:secret@xcp1', 'https://', 'file:///etc'])(
    'refuses %j',
    (text) => {
      expect(() => parseAddress(text)).toThrow(
        expect.objectContaining({ failure: expect.objectContaining({ code: 'bad-address' }) }),
      );
    },
  );

  it('puts brackets around a bare IPv6 address', () => {
    expect(addressOfHost('2001:db8::1', 443).origin).toBe('https://[2001:db8::1]');
  });
});

describe('a fingerprint', () => {
  const hex = 'ab'.repeat(32);
  const pairs = Array(32).fill('AB').join(':');
  it.each([hex, hex.toUpperCase(), pairs, `sha256:${hex}`, `SHA-256=${pairs}`, ` ${pairs.toLowerCase()} `])(
    'reads %s',
    (text) => {
      expect(parseFingerprint(text)).toBe(pairs);
    },
  );
  it.each(['', 'ab', `${hex}00`, 'sha1:abcd', `${hex.slice(2)}zz`])('refuses %j', (text) => {
    expect(parseFingerprint(text)).toBeUndefined();
  });
});
