import { describe, expect, test } from 'vitest';
import { parseNbdUri, targetFromUri } from './uri';

const tcp = (host: string, port = 10809): object => ({ kind: 'tcp', host, port });

describe('parseNbdUri', () => {
  test.each([
    ['nbd://host/disk', { address: tcp('host'), exportName: 'disk', secure: false }],
    ['nbd://host', { address: tcp('host'), exportName: '', secure: false }],
    ['nbds://127.0.0.1:99/', { address: tcp('127.0.0.1', 99), exportName: '', secure: true }],
    ['nbd://[fe80::1]:7/a/../b', { address: tcp('fe80::1', 7), exportName: 'a/../b', secure: false }],
    [
      'nbd://h/%2Fuuid%3Fsession_id=x',
      { address: tcp('h'), exportName: '/uuid?session_id=x', secure: false },
    ],
    [
      'nbd+unix:///?socket=/run/s',
      { address: { kind: 'unix', path: '/run/s' }, exportName: '', secure: false },
    ],
    [
      'nbds+unix:///d?socket=%2Ftmp%2Fa+b%26c',
      { address: { kind: 'unix', path: '/tmp/a+b&c' }, exportName: 'd', secure: true },
    ],
  ])('%s', (text, expected) => {
    expect(parseNbdUri(text)).toEqual({ ok: true, value: expected });
  });

  test.each([
    '',
    'host',
    'http://host/',
    'nbd:host',
    'nbd:///disk',
    'nbd://user@host/',
    'nbd://host:0/',
    'nbd://host:65536/',
    'nbd://host:x/',
    'nbd://host/d?socket=/s',
    'nbd://host/#x',
    'nbd://host/%ff',
    `nbd://host/${'x'.repeat(4097)}`,
    'nbd+unix:///d',
    'nbd+unix://host/d?socket=/s',
    'nbd+unix:///d?socket=',
    'nbd+unix:///d?socket=/s&tls-certificates=/x',
    'nbd+vsock:///',
  ])('refuses %s', (text) => {
    expect(parseNbdUri(text)).toMatchObject({ ok: false, failure: { code: 'nbd-bad-uri' } });
  });
});

describe('targetFromUri', () => {
  test('nbds without trust settings means the system authorities and the name of the host', () => {
    expect(targetFromUri('nbds://host/d')).toMatchObject({
      value: { exportName: 'd', tls: { mode: 'ca', servername: 'host' } },
    });
  });

  test('takes a fingerprint or an authority', () => {
    expect(targetFromUri('nbds://host/d', { fingerprint: 'ab' })).toMatchObject({
      value: { tls: { mode: 'fingerprint', sha256: 'ab' } },
    });
    expect(targetFromUri('nbds://host/d', { caPem: 'pem' })).toMatchObject({
      value: { tls: { mode: 'ca', caPem: 'pem', servername: 'host' } },
    });
    expect(targetFromUri('nbds://host/d', { caPem: 'pem', fingerprint: 'ab' })).toMatchObject({ ok: false });
  });

  test('does not ignore a certificate given for an address without TLS', () => {
    expect(targetFromUri('nbd://host/d', { fingerprint: 'ab' })).toMatchObject({ ok: false });
  });
});
