import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createClient } from 'xen-api';
import { connectPool, readCertificate } from '../../src/main/engine/xapi';
import { makeCertificates, makeSelfSignedCertificate, type Certificates } from '../fixtures/certificates';
import {
  startScriptedXapi,
  type RecordedCall,
  type ScriptedAnswer,
  type ScriptedXapi,
} from '../fixtures/scripted-xapi';
import { join } from 'node:path';
import { tempDir } from '../fixtures/temp-dir';

const POOL = { uuid: 'pool-uuid', name_label: 'Scripted', master: 'OpaqueRef:host', other_config: {} };
const PASSWORD = 'hunter2-and-more';

/** A pool with nothing in it. */
function emptyPool(call: RecordedCall): ScriptedAnswer | undefined {
  if (call.method === 'session.login_with_password') return { result: 'OpaqueRef:session' };
  if (call.method === 'pool.get_all_records') return { result: { 'OpaqueRef:pool': POOL } };
  if (call.method === 'system.listMethods') return { result: ['pool.get_all_records'] };
  if (call.method === 'session.logout') return { result: '' };
  if (call.method === 'event.from' && call.params[2] === '') {
    const events = [{ class: 'pool', operation: 'add', ref: 'OpaqueRef:pool', snapshot: POOL }];
    return { result: { events, valid_ref_counts: {}, token: '1' } };
  }
  if (call.method === 'event.from') return { result: { events: [], valid_ref_counts: {}, token: '1' } };
  return undefined;
}

const dir = tempDir();
let own: Certificates;
let other: Certificates;
let signed: Certificates;
let server: ScriptedXapi;
const url = (): string => `https://127.0.0.1:${server.port}`;
const login = { user: 'root', password: PASSWORD };

beforeAll(async () => {
  own = makeSelfSignedCertificate(join(dir.path, 'own'));
  other = makeSelfSignedCertificate(join(dir.path, 'other'));
  signed = makeCertificates(join(dir.path, 'signed'));
  server = await startScriptedXapi({ cert: own.certPem, key: own.keyPem }, emptyPool);
});
afterAll(async () => {
  await server.close();
  dir.remove();
});

describe('a pinned connection', () => {
  it('reads a certificate without sending a request', async () => {
    const before = server.requestBytes();
    const certificate = await readCertificate(url());
    expect(certificate).toMatchObject({
      ok: true,
      value: { subject: 'CN=localhost', issuer: 'CN=localhost' },
    });
    if (certificate.ok) expect(certificate.value.sha256.replaceAll(':', '').toLowerCase()).toBe(own.sha256);
    expect(server.requestBytes()).toBe(before);
  });

  it('sends nothing at all to a server with another certificate', async () => {
    const before = server.requestBytes();
    const result = await connectPool({ url: url(), ...login, pin: { certPem: other.certPem } });
    expect(result).toMatchObject({ ok: false, failure: { code: 'certificate-changed' } });
    const text = JSON.stringify(result);
    expect(text.replaceAll(':', '').toLowerCase()).toContain(own.sha256);
    expect(text.replaceAll(':', '').toLowerCase()).toContain(other.sha256);
    expect(text).not.toContain(PASSWORD);
    expect(server.requestBytes()).toBe(before);
    expect(server.calls).toEqual([]);
  });

  it('trusts exactly the pinned certificate, as PEM or fingerprint, with an originator, and logs out', async () => {
    for (const pin of [{ certPem: own.certPem }, { sha256: `sha256:${own.sha256}` }]) {
      server.calls.length = 0;
      const result = await connectPool({ url: url(), ...login, pin });
      expect(result.ok).toBe(true);
      if (result.ok) await result.value.close();
      const methods = server.calls.map(({ method }) => method);
      expect(server.calls[0]).toMatchObject({
        method: 'session.login_with_password',
        params: ['root', PASSWORD, '1.0', 'deltascope'],
      });
      expect(methods.filter((method) => method === 'session.login_with_password')).toHaveLength(1);
      expect(methods.filter((method) => method === 'session.logout')).toHaveLength(1);
    }
  });

  it('does not care who signed the certificate or for which name', async () => {
    const named = await startScriptedXapi({ cert: signed.certPem, key: signed.keyPem }, emptyPool);
    try {
      const address = `https://localhost:${named.port}`;
      const result = await connectPool({ url: address, ...login, pin: { sha256: signed.sha256 } });
      expect(result.ok).toBe(true);
      if (result.ok) await result.value.close();
      const authority = await connectPool({ url: address, ...login, pin: { certPem: signed.caPem } });
      expect(authority).toMatchObject({ ok: false, failure: { code: 'certificate-changed' } });
    } finally {
      await named.close();
    }
  });

  it('is not bypassed by a proxy in the environment', async () => {
    vi.stubEnv('HTTPS_PROXY', 'http://127.0.0.1:1');
    vi.stubEnv('https_proxy', 'http://127.0.0.1:1');
    vi.stubEnv('NODE_USE_ENV_PROXY', '1');
    try {
      const result = await connectPool({ url: url(), ...login, pin: { certPem: own.certPem } });
      expect(result.ok).toBe(true);
      if (result.ok) await result.value.close();
    } finally {
      vi.unstubAllEnvs();
    }
  });
});

describe('a pool member', () => {
  const member = (headers: Readonly<Record<string, string>>, master: string) =>
    startScriptedXapi(
      { cert: other.certPem, key: other.keyPem, host: '127.0.0.3', port: server.port },
      () => ({
        error: ['HOST_IS_SLAVE', master],
        headers,
      }),
    );
  const connectToMember = () =>
    connectPool({ url: `https://127.0.0.3:${server.port}`, ...login, pin: { certPem: other.certPem } });
  const header = 'x-xenapi-response-host-certificate-thumbprint';

  it('leads to the master whose certificate it vouches for', async () => {
    const scripted = await member({ [header]: own.sha256 }, '127.0.0.1');
    try {
      const result = await connectToMember();
      expect(result).toMatchObject({ ok: true, value: { url: url() } });
      if (result.ok) expect(result.value.fingerprint.replaceAll(':', '').toLowerCase()).toBe(own.sha256);
      if (result.ok) await result.value.close();
      expect(scripted.calls[0].headers['x-xenapi-request-host-certificate-thumbprint']).toBe(
        'sha-256:master',
      );
    } finally {
      await scripted.close();
    }
  });

  it('names its master when it vouches for nothing, or for another certificate', async () => {
    const before = server.requestBytes();
    const silent = await member({}, '127.0.0.1');
    try {
      const result = await connectToMember();
      expect(result).toMatchObject({ ok: false, failure: { code: 'not-the-master' } });
      expect(JSON.stringify(result)).toContain('127.0.0.1');
    } finally {
      await silent.close();
    }
    const wrong = await member({ [header]: signed.sha256 }, '127.0.0.1');
    try {
      expect(await connectToMember()).toMatchObject({ ok: false, failure: { code: 'certificate-changed' } });
    } finally {
      await wrong.close();
    }
    expect(server.requestBytes()).toBe(before);
  });
});

describe('the private parts of xen-api that the pin rests on', () => {
  const create = () =>
    createClient({
      url: 'https://127.0.0.1:1',
      auth: login,
      allowUnauthorized: false,
      watchEvents: false,
      transport: 'json-rpc',
    });

  it('exist under their names', () => {
    const xapi = create();
    expect(typeof xapi._setUrl).toBe('function');
    expect(typeof xapi._createTransport).toBe('function');
    expect(typeof xapi._call).toBe('function');
    expect(typeof xapi._sessionCall).toBe('function');
    expect(typeof xapi._sessionOpen).toBe('function');
    expect(typeof xapi._undiciDispatcher.dispatch).toBe('function');
    expect(xapi._url).toMatchObject({ hostname: '127.0.0.1', port: '1' });
    expect(xapi._sessionId).toBeUndefined();
    expect(xapi.status).toBe('disconnected');
  });

  it('send every request through the dispatcher that was put in', async () => {
    const xapi = create();
    const seen: string[] = [];
    const dispatcher = Object.create(xapi._undiciDispatcher) as typeof xapi._undiciDispatcher;
    dispatcher.dispatch = (options, handler) => {
      seen.push(options.path);
      handler.onError?.(new Error('stopped'));
      return true;
    };
    xapi._undiciDispatcher = dispatcher;
    xapi._setUrl(xapi._url);
    await expect(xapi.connect()).rejects.toThrow('stopped');
    expect(seen).toEqual(['/jsonrpc']);
  });

  it('route logins through _call and calls through _sessionCall', async () => {
    const xapi = create();
    const calls: string[] = [];
    xapi._call = async (method) => {
      calls.push(method);
      if (method === 'session.login_with_password') return 'OpaqueRef:s';
      return method === 'pool.get_all_records' ? { 'OpaqueRef:pool': POOL } : [];
    };
    await xapi.connect();
    expect(calls).toEqual(['session.login_with_password', 'pool.get_all_records', 'system.listMethods']);
    xapi._sessionCall = async (method) => `through ${method}`;
    expect(await xapi.call('VM.get_all')).toBe('through VM.get_all');
    expect(await xapi.call('VM.start', 'OpaqueRef:vm')).toBe('through VM.start');
  });
});
