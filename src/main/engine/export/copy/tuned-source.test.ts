import { expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../shared/model/result';
import { BlockBuffer } from '../../block-io/block-buffer';
import { TunedSource, type ConnectedSource } from './tuned-source';

const MIB = 1024 * 1024;

/** A server that gives each connection 100 MiB/s and all of them together no more than `mostMiBPerSecond`. */
class Server implements ConnectedSource {
  readonly sizeBytes = 1024 * MIB;
  clock = 0;
  connections = 2;
  history: number[] = [];

  constructor(
    private readonly mostMiBPerSecond: number,
    private readonly mostConnections = 16,
  ) {}

  get stats(): { connectionsLive: number } {
    return { connectionsLive: this.connections };
  }

  read(_into: BlockBuffer, _offset: number, length: number): Promise<void> {
    this.clock += (1000 * length) / MIB / Math.min(this.mostMiBPerSecond, 100 * this.connections);
    return Promise.resolve();
  }

  addConnection(): Promise<Result<void>> {
    if (this.connections === this.mostConnections)
      return Promise.resolve(err({ code: 'nbd-unreachable', message: 'full', nextStep: '' }));
    this.history.push(++this.connections);
    return Promise.resolve(ok(undefined));
  }

  removeConnection(): Promise<boolean> {
    this.history.push(--this.connections);
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function readFor(
  server: Server,
  mostConnections: number,
  seconds: number,
  load = 0.2,
  share?: Share,
): Promise<void> {
  const now = (): number => server.clock;
  const source = new TunedSource(server, { mostConnections, share, now, load: () => load });
  const buffer = new BlockBuffer(MIB);
  const end = server.clock + 1000 * seconds;
  while (server.clock < end) await source.read(buffer, 0, MIB);
}

class Share {
  taken = 0;
  constructor(private readonly most: number) {}

  take(): boolean {
    if (this.taken === this.most) return false;
    this.taken++;
    return true;
  }

  giveBack(): void {
    this.taken--;
  }
}

it('adds connections while they help, and stops at the most', async () => {
  const server = new Server(10_000);
  await readFor(server, 6, 10);
  expect(server.history).toEqual([3, 4, 5, 6]);
});

it('takes back the one that brought nothing, and tries again much later', async () => {
  const server = new Server(300);
  await readFor(server, 16, 20);
  expect(server.history).toEqual([3, 4, 3]);
  await readFor(server, 16, 40);
  expect(server.connections).toBe(3);
});

it('leaves a server alone that is as fast with two, after one trial', async () => {
  const server = new Server(200);
  await readFor(server, 16, 20);
  expect(server.history).toEqual([3, 2]);
});

it('adds none while the thread is busy', async () => {
  const server = new Server(10_000);
  await readFor(server, 16, 10, 0.9);
  expect(server.history).toEqual([]);
});

it('goes on with those it has when the server gives no more', async () => {
  const server = new Server(10_000, 3);
  await readFor(server, 16, 20);
  expect(server.history).toEqual([3]);
});

it('asks for each connection that it shares with others, and gives back what brought nothing', async () => {
  const scarce = new Share(2);
  const fast = new Server(10_000);
  await readFor(fast, 8, 20, 0.2, scarce);
  expect([fast.connections, scarce.taken]).toEqual([4, 2]);
  const plenty = new Share(14);
  const slow = new Server(300);
  await readFor(slow, 8, 20, 0.2, plenty);
  expect([slow.connections, plenty.taken]).toEqual([3, 1]);
  const full = new Server(10_000, 3);
  await readFor(full, 8, 20, 0.2, plenty);
  expect([full.connections, plenty.taken]).toEqual([3, 2]);
});
