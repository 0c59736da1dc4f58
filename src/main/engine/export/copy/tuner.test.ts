import { expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../shared/model/result';
import { Connections, RequestSize, type ConnectedSource } from './knobs';
import { Tuner } from './tuner';

const MIB = 1024 * 1024;
const KIB = 1024;

interface Manners {
  /** What all connections give together, in MiB/s. */
  readonly together: number;
  /** What it takes for each read of a connection beside its transfer. */
  readonly msPerRead?: number;
  readonly mostConnections?: number;
}

/** A server that answers each connection's reads one by one, at 100 MiB/s. */
class Server implements ConnectedSource {
  readonly sizeBytes = 1024 * MIB;
  clock = 0;
  connections = 2;
  readonly history: number[] = [];

  constructor(private readonly manners: Manners) {}

  get stats(): { connectionsLive: number } {
    return { connectionsLive: this.connections };
  }

  read(): Promise<void> {
    return Promise.resolve();
  }

  /** Time passes until a request of so many bytes has come. */
  answer(bytes: number): void {
    const { together, msPerRead = 0 } = this.manners;
    const transferMs = (1000 * bytes) / MIB;
    this.clock += Math.max(transferMs / together, (transferMs / 100 + msPerRead) / this.connections);
  }

  addConnection(): Promise<Result<void>> {
    if (this.connections === this.manners.mostConnections)
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

interface Setting {
  readonly mostConnections?: number;
  readonly most?: number;
  readonly load?: number;
  readonly share?: Share;
}

/** Reads from the server; returns the sizes of requests in the order in which they came up, and the decisions. */
async function readFor(server: Server, seconds: number, setting: Setting = {}) {
  const { mostConnections = 16, most = 1024 * KIB, load = 0.2, share } = setting;
  const size = new RequestSize(1024 * KIB, most);
  const decisions: string[] = [];
  const tuner = new Tuner([size, new Connections(server, mostConnections, share)], {
    onDecision: (text) => decisions.push(text),
    now: () => server.clock,
    load: () => load,
  });
  const sizes: number[] = [];
  const end = server.clock + 1000 * seconds;
  while (server.clock < end) {
    if (sizes.at(-1) !== size.bytes / KIB) sizes.push(size.bytes / KIB);
    server.answer(size.bytes);
    tuner.got(size.bytes);
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }
  return { sizes, decisions };
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
  const server = new Server({ together: 10_000 });
  await readFor(server, 10, { mostConnections: 6 });
  expect(server.history).toEqual([3, 4, 5, 6]);
});

it('takes back the one that brought nothing, and tries again much later', async () => {
  const server = new Server({ together: 300 });
  await readFor(server, 20);
  expect(server.history).toEqual([3, 4, 3]);
  await readFor(server, 40);
  expect(server.connections).toBe(3);
});

it('leaves a server alone that is as fast with two, after one trial', async () => {
  const server = new Server({ together: 200 });
  await readFor(server, 20);
  expect(server.history).toEqual([3, 2]);
});

it('changes nothing while the thread is busy', async () => {
  const server = new Server({ together: 10_000, msPerRead: 10 });
  const { sizes, decisions } = await readFor(server, 10, { load: 0.9, most: 2048 * KIB });
  expect({ sizes, decisions }).toEqual({ sizes: [1024], decisions: [] });
  expect(server.history).toEqual([]);
});

it('goes on with those it has when the server gives no more', async () => {
  const server = new Server({ together: 10_000, mostConnections: 3 });
  await readFor(server, 20);
  expect(server.history).toEqual([3]);
});

it('asks for each connection that it shares with others, and gives back what brought nothing', async () => {
  const scarce = new Share(2);
  const fast = new Server({ together: 10_000 });
  await readFor(fast, 20, { mostConnections: 8, share: scarce });
  expect([fast.connections, scarce.taken]).toEqual([4, 2]);
  const plenty = new Share(14);
  const slow = new Server({ together: 300 });
  await readFor(slow, 20, { mostConnections: 8, share: plenty });
  expect([slow.connections, plenty.taken]).toEqual([3, 1]);
  const full = new Server({ together: 10_000, mostConnections: 3 });
  await readFor(full, 20, { mostConnections: 8, share: plenty });
  expect([full.connections, plenty.taken]).toEqual([3, 2]);
});

it('keeps larger requests where each read takes a while, also when no connection may be added', async () => {
  const server = new Server({ together: 10_000, msPerRead: 10 });
  const { sizes, decisions } = await readFor(server, 20, { mostConnections: 2, most: 2048 * KIB });
  expect(sizes).toEqual([1024, 2048]);
  expect(decisions).toEqual(['Requests of 2048 KiB, to see whether that helps.']);
});

it('takes larger requests back that brought nothing, once, and tries again much later', async () => {
  const server = new Server({ together: 10_000 });
  const setting = { mostConnections: 2, most: 2048 * KIB };
  expect((await readFor(server, 29, setting)).sizes).toEqual([1024, 2048, 1024]);
  expect((await readFor(server, 35, setting)).sizes).toEqual([1024, 2048, 1024, 2048, 1024]);
});

it('turns one knob at a time: first the size, then connections from what it brought', async () => {
  const gains = new Server({ together: 300, msPerRead: 10 });
  const { sizes } = await readFor(gains, 20, { most: 2048 * KIB });
  // 2 connections give 100 MiB/s at first, 133 with larger requests, 67 more with each further one.
  expect(sizes).toEqual([1024, 2048]);
  expect(gains.history).toEqual([3, 4, 5, 6, 5]);
  const vain = new Server({ together: 200 });
  const { decisions } = await readFor(vain, 20, { most: 2048 * KIB });
  expect(decisions).toEqual([
    'Requests of 2048 KiB, to see whether that helps.',
    'Requests of 1024 KiB again: larger ones brought nothing.',
    'One more connection, to see whether it helps.',
    'One connection fewer: it brought nothing.',
  ]);
});

it('never asks for more at once than the server takes', async () => {
  const server = new Server({ together: 10_000, msPerRead: 10 });
  expect((await readFor(server, 20, { mostConnections: 2, most: 1536 * KIB })).sizes).toEqual([1024]);
});
