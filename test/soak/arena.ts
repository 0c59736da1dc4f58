import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { copyInWorker } from '../../src/main/engine/export/copy/worker-client';
import { exportRunner } from '../../src/main/engine/export/run/run-export';
import { JobQueue } from '../../src/main/engine/jobs/queue';
import { connectPool, type PoolConnection } from '../../src/main/engine/xapi';
import { ok, unwrap } from '../../src/shared/model/result';
import { Control } from './control';
import { DemoProcess } from './demo-process';
import { DEATH } from './death';
import { Ledger } from './ledger';
import { Target } from './target';

/** Everything that one round of exports shares. */
export class Arena {
  readonly ledger = new Ledger();

  private constructor(
    readonly folder: string,
    readonly demo: DemoProcess,
    readonly control: Control,
    readonly connection: PoolConnection,
    readonly queue: JobQueue,
    readonly target: Target,
  ) {}

  static async open(base: string): Promise<Arena> {
    const folder = mkdtempSync(join(base, 'deltascope-soak-'));
    const target = new Target(folder);
    const demo = await DemoProcess.start();
    // In this order, whatever ends the soak: nothing may be removed through a mount.
    process.once('exit', () => {
      demo.kill();
      target.remove();
      rmSync(folder, { recursive: true, force: true });
    });
    const control = new Control(demo.access);
    await control.open();
    const { url, user, password, cert } = demo.access;
    const connection = unwrap(await connectPool({ url, user, password, pin: { certPem: cert } }));
    const run = exportRunner({
      connection: () => ok(connection),
      startCopy: copyInWorker(new URL('./mortal-worker.js', import.meta.url)),
      toolVersion: '0.0.0',
    });
    mkdirSync(join(folder, 'home'));
    const { queue } = await JobQueue.open(join(folder, 'home', 'jobs'), run);
    const arena = new Arena(folder, demo, control, connection, queue, target);
    arena.ledger.begin(await arena.ledger.look(control));
    return arena;
  }

  get home(): string {
    return join(this.folder, 'home');
  }

  get jobsFolder(): string {
    return join(this.home, 'jobs');
  }

  killWorkers(): void {
    const channel = new BroadcastChannel(DEATH);
    channel.postMessage('now');
    setTimeout(() => channel.close(), 100);
  }

  diskUuid(name: string): string {
    const found = this.connection.inventory().disks.find((disk) => disk.name === name);
    if (!found) throw new Error(`the demo pool has no disk ${name}`);
    return found.uuid;
  }

  async close(): Promise<void> {
    await this.queue.close();
    await this.connection.close();
    this.control.close();
    await this.demo.stop();
    this.target.remove();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
