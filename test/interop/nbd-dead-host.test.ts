import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { BlockBuffer } from '../../src/main/engine/block-io/block-buffer';
import { openNbd } from '../../src/main/engine/nbd/open';
import type { NbdEvent } from '../../src/main/engine/nbd/settings';
import type { NbdSource } from '../../src/main/engine/nbd/source';
import type { NbdTarget } from '../../src/main/engine/nbd/target';
import { ok, unwrap } from '../../src/shared/model/result';
import { startScriptedServer, type ScriptedServer } from '../fixtures/scripted-nbd-server';
import { xapiNbd } from '../fixtures/xapi-nbd-manners';

const SECRET = '/4f9c?session_id=OpaqueRef:11';
const disk = Buffer.alloc(8 << 20);
for (let i = 0; i < disk.length; i += 4) disk.writeUInt32LE(Math.imul(i + 4, 2654435761) >>> 0, i);

let source: NbdSource | undefined;
let servers: ScriptedServer[] = [];
let hole: ChildProcess | undefined;
afterEach(async () => {
  await source?.close();
  for (const server of servers) await server.stop();
  hole?.kill();
  vi.restoreAllMocks();
  source = hole = undefined;
  servers = [];
});

const at = (port: number): NbdTarget => ({
  address: { kind: 'tcp', host: '127.0.0.1', port },
  exportName: SECRET,
  tls: { mode: 'none' },
});

async function healthy(): Promise<ScriptedServer> {
  const server = await startScriptedServer((peer) => xapiNbd(peer, { disk, exportName: SECRET }));
  servers.push(server);
  return server;
}

/** A port whose queue of connections is full and never taken from: the kernel drops every further SYN. */
async function blackHole(): Promise<number> {
  const script = `
import socket, time
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(0)
waiting = []
for _ in range(4):
    one = socket.socket()
    one.setblocking(False)
    one.connect_ex(listener.getsockname())
    waiting.append(one)
time.sleep(0.3)
print(listener.getsockname()[1], flush=True)
time.sleep(600)`;
  hole = spawn('python3', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(hole.stdout!, 'data')) as [Buffer];
  return Number(line);
}

async function readAll(from: NbdSource): Promise<Buffer> {
  const whole = Buffer.alloc(from.sizeBytes);
  for (let offset = 0; offset < from.sizeBytes; offset += 1 << 20) {
    const buffer = new BlockBuffer(1 << 20);
    await from.read(buffer, offset, 1 << 20);
    buffer.data().copy(whole, offset);
  }
  return whole;
}

const options = { multiConnWithoutFlag: true, minimumBlockSize: 512, connections: 4, knockAfterMs: 200 };

/** Notes the port of every connection that is begun. */
function watchConnects(): number[] {
  const ports: number[] = [];
  const connect = net.connect.bind(net) as (to: { port?: number }) => net.Socket;
  vi.spyOn(net, 'connect').mockImplementation(((to: { port?: number }) => {
    if (to.port !== undefined) ports.push(to.port);
    return connect(to);
  }) as typeof net.connect);
  return ports;
}

describe('a dead host costs seconds', () => {
  test('that swallows every packet when it is connected to: once, not once per connection', async () => {
    const hole = await blackHole();
    const dead = at(hole);
    const alive = at((await healthy()).port);
    const ports = watchConnects();
    source = unwrap(
      await openNbd({ ...options, targets: [dead, alive], refreshTarget: async () => ok([dead, alive]) }),
    );
    expect(source.stats.connectionsLive).toBe(4);
    unwrap(await source.addConnection()); // with fresh targets, the dead one first among them
    expect((await readAll(source)).equals(disk)).toBe(true);
    expect(ports.filter((port) => port === hole)).toHaveLength(1);
  });

  test('alone: it is said in seconds', async () => {
    const hole = await blackHole();
    const ports = watchConnects();
    const opened = await openNbd({ ...options, targets: [at(hole)] });
    expect(opened).toMatchObject({ ok: false, failure: { code: 'nbd-timeout' } });
    // Not the 15 s that a host may take for its greeting, and not again.
    expect(JSON.stringify(opened)).toContain('4 s');
    expect(ports).toEqual([hole]);
  });

  test('that loses its power while it is read: its reads go to another host', async () => {
    let reads = 0;
    const dying: ScriptedServer = await startScriptedServer((peer) =>
      xapiNbd(peer, {
        disk,
        exportName: SECRET,
        // From the third read on nothing is answered, no connection ends, and none is taken.
        onRequest: async (type) => {
          if (type === 0 && ++reads === 3) dying.stopListening();
          if (type === 0 && reads >= 3) await new Promise(() => undefined);
        },
      }),
    );
    servers.push(dying);
    const alive = await healthy();
    const targets = [at(dying.port), at(alive.port)];
    const events: NbdEvent[] = [];
    source = unwrap(
      await openNbd({
        ...options,
        targets,
        refreshTarget: async () => ok(targets),
        sleep: async () => undefined,
        onEvent: (event) => events.push(event),
      }),
    );
    expect((await readAll(source)).equals(disk)).toBe(true);
    // Because it takes no connection; a silence of 60 s, allowed to a host that is up, would be a timeout.
    const lost = events.flatMap((event) => (event.kind === 'lost' ? [event.failure.code] : []));
    expect(lost).not.toContain('nbd-timeout');
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: 'lost',
        failure: expect.objectContaining({ code: 'nbd-unreachable' }),
      }),
    );
    expect(alive.connections()).toBeGreaterThan(0);
  });

  test('but one that is only slow is waited for', async () => {
    const slow = await startScriptedServer((peer) =>
      xapiNbd(peer, {
        disk,
        exportName: SECRET,
        onRequest: () => new Promise((resolve) => setTimeout(resolve, 700)),
      }),
    );
    servers.push(slow);
    source = unwrap(await openNbd({ ...options, targets: [at(slow.port)], connections: 1 }));
    const buffer = new BlockBuffer(1 << 20);
    await source.read(buffer, 0, 1 << 20);
    expect(buffer.data().equals(disk.subarray(0, 1 << 20))).toBe(true);
    expect(source.stats).toMatchObject({ retries: 0, reconnects: 0 });
    // It was asked, and nothing came of that.
    expect(slow.connections()).toBeGreaterThan(1);
  });
});
