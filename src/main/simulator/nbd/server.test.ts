import type { ConnectionOptions } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHostCertificate, type HostCertificate } from '../certificate';
import { VirtualDisk } from '../storage/virtual-disk';
import { noFaults } from './faults';
import { CONNECTION_LIMIT, NbdServer } from './server';
import { TestClient } from './test-client';

const MIB = 1024 * 1024;
const NAME = '/5c5e2b1c-0d2a-4a8e-9d0c-0a9b8c7d6e5f?session_id=OpaqueRef:secret';
let certificate: HostCertificate;
let disk: VirtualDisk;
let server: NbdServer;
let port: number;
let purposes: string[];
let released: number;
let mayRelease: Promise<void>;
let clients: TestClient[];

beforeAll(async () => {
  certificate = await createHostCertificate('host-1.demo');
});

beforeEach(async () => {
  disk = await VirtualDisk.create({ sizeBytes: 4 * MIB + 512 });
  disk.write(MIB, Buffer.alloc(MIB, 0x5a));
  purposes = ['insecure_nbd'];
  released = 0;
  mayRelease = Promise.resolve();
  clients = [];
  server = new NbdServer({
    certificate,
    networkPurposes: () => purposes,
    openExport: (name) =>
      Promise.resolve(
        name === NAME
          ? {
              disk,
              release: () =>
                mayRelease.then(() => {
                  released++;
                }),
            }
          : undefined,
      ),
  });
  port = await server.listen();
});

afterEach(async () => {
  for (const client of clients) client.close();
  await server.close();
});

async function client(): Promise<TestClient> {
  const connected = await TestClient.connect(port);
  clients.push(connected);
  return connected;
}

async function opened(): Promise<TestClient> {
  const connected = await client();
  await connected.open(NAME);
  return connected;
}

describe('before the greeting', () => {
  it.each([[[]], [['nbd', 'insecure_nbd']], [['management']]])(
    'closes without a byte when the purposes are %j',
    async (set) => {
      purposes = set;
      expect(await (await client()).rest()).toEqual(Buffer.alloc(0));
      expect(server.statistics.refusedConnections).toBe(1);
    },
  );

  it('closes the connection beyond the sixteenth, and takes one again once a place is free', async () => {
    const sixteen = await Promise.all(Array.from({ length: CONNECTION_LIMIT }, opened));
    expect(await (await client()).rest()).toEqual(Buffer.alloc(0));
    await sixteen[0].request(2, 0, 0);
    await sixteen[0].rest();
    expect(await (await opened()).read(0)).toBeDefined();
    expect(server.statistics.peakConnections).toBe(CONNECTION_LIMIT + 1);
    expect(server.statistics.refusedConnections).toBe(1);
  });

  it('keeps the place taken until the export is released', async () => {
    let release = (): void => undefined;
    mayRelease = new Promise((resolve) => (release = resolve));
    const sixteen = await Promise.all(Array.from({ length: CONNECTION_LIMIT }, opened));
    await sixteen[0].request(2, 0, 0);
    expect(await (await client()).rest()).toEqual(Buffer.alloc(0));
    release();
    await sixteen[0].rest();
    expect((await (await client()).read(18))?.length).toBe(18);
  });
});

describe('options in the clear', () => {
  it('greets with FIXED_NEWSTYLE alone', async () => {
    const greeting = await (await client()).greet();
    expect(greeting?.toString('latin1')).toBe('NBDMAGICIHAVEOPT\0\x01');
  });

  it('answers every option but EXPORT_NAME with its own refusal', async () => {
    const one = await client();
    await one.greet();
    expect(await one.optionReply(3)).toBe(0x80000002);
    expect(await one.optionReply(5)).toBe(0x80000002);
    for (const other of [6, 7, 8, 9, 10, 99]) {
      expect(await one.optionReply(other, Buffer.from('data'))).toBe(0x80000001);
    }
    await one.option(1, Buffer.from(NAME));
    expect((await one.read(134))?.readBigUInt64BE()).toBe(BigInt(disk.sizeBytes));
  });

  it('acknowledges ABORT and closes', async () => {
    const one = await client();
    await one.greet();
    expect(await one.optionReply(2)).toBe(1);
    expect(await one.rest()).toEqual(Buffer.alloc(0));
  });

  it('answers EXPORT_NAME with size, flags 3 and 124 zeros, whatever the client flags', async () => {
    const one = await client();
    await one.greet(3);
    await one.option(1, Buffer.from(NAME));
    const info = (await one.read(134))!;
    expect(info.readBigUInt64BE()).toBe(BigInt(4 * MIB + 512));
    expect(info.readUInt16BE(8)).toBe(3);
    expect(info.subarray(10)).toEqual(Buffer.alloc(124));
  });

  it('closes without a reply when the export is refused, the magic is wrong or an option is huge', async () => {
    const unknown = await client();
    await unknown.greet();
    await unknown.option(1, Buffer.from('/nothing'));
    expect(await unknown.rest()).toEqual(Buffer.alloc(0));
    const wrong = await client();
    await wrong.greet();
    await wrong.channel.write(Buffer.alloc(16, 1));
    expect(await wrong.rest()).toEqual(Buffer.alloc(0));
    const huge = await client();
    await huge.greet();
    await huge.channel.write(Buffer.from('IHAVEOPT\0\0\0\x01\xff\xff\xff\xff', 'latin1'));
    expect(await huge.rest()).toEqual(Buffer.alloc(0));
  });
});

describe('forced TLS', () => {
  beforeEach(() => {
    purposes = ['nbd'];
  });

  it('answers TLS_REQD to all but STARTTLS and drops EXPORT_NAME, ABORT and old clients', async () => {
    const one = await client();
    await one.greet();
    for (const other of [3, 6, 7, 8, 9, 10, 99]) expect(await one.optionReply(other)).toBe(0x80000005);
    expect(await one.optionReply(1, Buffer.from(NAME))).toBeUndefined();
    const aborting = await client();
    await aborting.greet();
    expect(await aborting.optionReply(2)).toBeUndefined();
    const old = await client();
    await old.greet(0);
    expect(await old.rest()).toEqual(Buffer.alloc(0));
  });

  it('serves over TLS 1.2 with the host certificate and refuses a second STARTTLS', async () => {
    const one = await client();
    await one.greet();
    expect(await one.optionReply(5)).toBe(1);
    const secured = await one.startTls(certificate.certPem);
    expect(secured.getProtocol()).toBe('TLSv1.2');
    expect(secured.getCipher().name).toMatch(/^ECDHE-RSA-AES(256-GCM-SHA384|128-GCM-SHA256)$/);
    expect(secured.getEphemeralKeyInfo()).toMatchObject({ type: 'ECDH', name: 'secp384r1' });
    expect(secured.getPeerCertificate().fingerprint256).toBe(certificate.fingerprint);
    expect(await one.optionReply(5)).toBe(0x80000003);
    expect(await one.optionReply(3)).toBe(0x80000002);
    await one.option(1, Buffer.from(NAME));
    expect((await one.read(134))?.readUInt16BE(8)).toBe(3);
    await one.request(0, MIB - 512, MIB);
    expect(await one.reply()).toBe(0);
    const data = await one.read(MIB);
    expect(data?.equals(await disk.read(MIB - 512, MIB))).toBe(true);
  });

  it.each([
    ['TLS 1.3', { minVersion: 'TLSv1.3' }],
    ['another cipher suite', { ciphers: 'ECDHE-RSA-CHACHA20-POLY1305', maxVersion: 'TLSv1.2' }],
    ['another curve', { ecdhCurve: 'X25519', maxVersion: 'TLSv1.2' }],
  ] satisfies [string, ConnectionOptions][])('refuses a client that offers only %s', async (_, options) => {
    const one = await client();
    await one.greet();
    await one.optionReply(5);
    await expect(one.startTls(certificate.certPem, options)).rejects.toThrow();
    await until(() => server.statistics.connections === 0);
  });

  it('refuses a handshake on demand, once', async () => {
    server.faults.refuseTls = 1;
    const one = await client();
    await one.greet();
    await one.optionReply(5);
    await expect(one.startTls(certificate.certPem)).rejects.toThrow(/handshake failure/);
    const two = await client();
    await two.greet();
    await two.optionReply(5);
    expect((await two.startTls(certificate.certPem)).authorized).toBe(true);
  });
});

describe('requests', () => {
  it('answers pipelined reads in order and disconnects cleanly', async () => {
    const one = await opened();
    await one.request(0, 2 * MIB - 512, 1024, 11);
    await one.request(0, 4 * MIB, 512, 12);
    await one.request(2, 0, 0, 13);
    const answer = await one.rest();
    expect(answer.length).toBe(16 + 1024 + 16 + 512);
    expect(answer.readBigUInt64BE(8)).toBe(11n);
    expect(answer.subarray(16, 16 + 1024)).toEqual(
      Buffer.concat([Buffer.alloc(512, 0x5a), Buffer.alloc(512)]),
    );
    expect(answer.readBigUInt64BE(16 + 1024 + 8)).toBe(12n);
    expect(released).toBe(1);
  });

  it.each([
    ['an offset within a sector', 0, 1, 512],
    ['a length within a sector', 0, 0, 511],
    ['a flagged read', 0x10000, 0, 512],
    ['FLUSH', 3, 0, 0],
    ['TRIM', 4, 0, 512],
    ['BLOCK_STATUS', 7, 0, 512],
  ])('answers %s with EINVAL and closes', async (_, type, offset, length) => {
    const one = await opened();
    await one.request(type, offset, length);
    expect(await one.reply()).toBe(22);
    expect(await one.rest()).toEqual(Buffer.alloc(0));
  });

  it('answers WRITE with EPERM and closes', async () => {
    const one = await opened();
    await one.request(1, 0, 512);
    expect(await one.reply()).toBe(1);
    expect(await one.rest()).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['starts beyond the end', 8 * MIB, 512, 0],
    ['starts far beyond any disk', 2n ** 63n, 512, 0],
    ['runs past the end', 4 * MIB - 512 * 1024, MIB, 512 * 1024],
  ])('sends the OK header, then breaks off, when a read %s', async (_, offset, length, delivered) => {
    const one = await opened();
    await one.request(0, offset, length);
    expect(await one.reply()).toBe(0);
    expect((await one.rest()).length).toBe(delivered);
  });

  it('closes on a request with a wrong magic', async () => {
    const one = await opened();
    await one.channel.write(Buffer.alloc(28, 1));
    expect(await one.rest()).toEqual(Buffer.alloc(0));
  });
});

describe('statistics', () => {
  it('knows exactly which bytes were read, without keeping the session', async () => {
    const one = await opened();
    for (const [offset, length] of [
      [MIB, 65536],
      [MIB + 65536, 65536],
      [0, 512],
      [MIB, 512],
    ] as const) {
      await one.request(0, offset, length);
      await one.read(16 + length);
    }
    const served = server.statistics.export('/5c5e2b1c-0d2a-4a8e-9d0c-0a9b8c7d6e5f');
    expect(served.ranges()).toEqual([
      { offset: 0, length: 512 },
      { offset: MIB, length: 131072 },
    ]);
    expect(served.bytes).toBe(131072 + 1024);
    expect(served.reads).toBe(4);
    expect(server.statistics.requests).toBe(4);
    server.statistics.resetExports();
    expect(server.statistics.export(NAME).bytes).toBe(0);
  });
});

describe('faults', () => {
  it('refuses the next connections only', async () => {
    server.faults.refuseConnections = 1;
    expect(await (await client()).rest()).toEqual(Buffer.alloc(0));
    expect((await (await client()).read(18))?.length).toBe(18);
  });

  it('cuts a connection after so many bytes of data, once', async () => {
    server.faults.dropAfterBytes = 700_000;
    const one = await opened();
    await one.request(0, 0, MIB);
    expect((await one.rest()).length).toBe(16 + 700_000);
    const two = await opened();
    await two.request(0, 0, MIB);
    expect((await two.read(16 + MIB))?.length).toBe(16 + MIB);
  });

  it('breaks off where a bad range begins, as often as asked', async () => {
    server.faults.readErrors.push({ offset: MIB + 4096, length: 512, times: 1 });
    const one = await opened();
    await one.request(0, MIB, 65536);
    expect((await one.rest()).length).toBe(16 + 4096);
    const two = await opened();
    await two.request(0, MIB, 65536);
    expect((await two.read(16 + 65536))?.length).toBe(16 + 65536);
  });

  it('leaves a stalled read unanswered while other connections go on', async () => {
    server.faults.stallReads = 1;
    const stalled = await opened();
    await stalled.request(0, 0, 512);
    await until(() => server.faults.stallReads === 0);
    const other = await opened();
    await other.request(0, 0, 512);
    expect(await other.reply()).toBe(0);
    expect(stalled.channel.socket.readableLength).toBe(0);
    stalled.close();
    await until(() => server.statistics.connections === 1);
    expect(released).toBe(1);
  });

  it('delays reads without stopping a shutdown', async () => {
    Object.assign(server.faults, { ...noFaults(), delayPerReadMs: 3_600_000 });
    const one = await opened();
    await one.request(0, 0, 512);
    await until(() => server.statistics.requests === 1);
    server.dropConnections();
    expect(await one.rest()).toEqual(Buffer.alloc(0));
  });
});

async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setImmediate(resolve));
}
