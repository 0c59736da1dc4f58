import { buildInfrastructure } from '../demo/build-infrastructure';
import { addDisk } from '../disks/lifecycle';
import { createHostCertificate, type HostCertificate } from '../certificate';
import { NbdServer } from '../nbd/server';
import { emptyPool, type PoolState } from '../pool-state';
import type { Value } from '../rpc/value';
import { VirtualDisk } from '../storage/virtual-disk';
import { FAST_TIMINGS } from '../timings';
import { ALL_METHODS } from './all-methods';
import { Dispatcher } from './dispatcher';

const MIB = 1024 * 1024;
let certificate: Promise<HostCertificate> | undefined;

/** A pool without servers, for tests that call it directly: two hosts, the demo storages, nothing else. */
export class TestPool {
  readonly pool: PoolState;
  readonly dispatcher: Dispatcher;
  readonly storages: ReadonlyMap<string, string>;
  readonly hosts: readonly string[];
  session = '';

  private constructor(pool: PoolState, own: HostCertificate) {
    this.pool = pool;
    this.dispatcher = new Dispatcher(pool, ALL_METHODS);
    const addresses = ['127.0.0.1', '127.0.0.2'];
    const { storages, hosts } = buildInfrastructure(pool, addresses, [own, own]);
    this.storages = storages;
    this.hosts = hosts;
    hosts.forEach((ref, index) => {
      const nbd = new NbdServer({
        certificate: own,
        networkPurposes: () => [],
        openExport: () => Promise.resolve(undefined),
      });
      const address = addresses[index];
      pool.hosts.push({ ref, hostName: '', certificate: own, nbd, address, httpsPort: 1, nbdPort: 10_809 });
    });
    this.dispatcher.ready = true;
  }

  static async create(timings = {}): Promise<TestPool> {
    certificate ??= createHostCertificate('host.test');
    const pool = emptyPool({ seed: 1, timings: { ...FAST_TIMINGS, ...timings }, password: 'secret' });
    const test = new TestPool(pool, await certificate);
    const session = await test.raw('session.login_with_password', ['root', 'secret', '1.1', 'test']);
    if (typeof session === 'string') test.session = session;
    return test;
  }

  /** The answer of a call within the session. @throws XapiError */
  call(method: string, ...params: Value[]): Promise<Value> {
    return this.raw(method, [this.session, ...params]);
  }

  /** The same for calls that answer a string. */
  async text(method: string, ...params: Value[]): Promise<string> {
    const value = await this.call(method, ...params);
    if (typeof value !== 'string') throw new TypeError(`${method} answered no string`);
    return value;
  }

  /** The error of a call: code and parameters. @throws Error when the call succeeds */
  async error(method: string, ...params: Value[]): Promise<readonly string[]> {
    return await this.rawError(method, [this.session, ...params]);
  }

  async raw(method: string, params: Value[], host = this.hosts[0]): Promise<Value> {
    const result = await this.dispatcher.dispatch(host, { method, params }, new AbortController().signal);
    if (!result.ok) throw result.error;
    return result.value;
  }

  async rawError(method: string, params: Value[], host = this.hosts[0]): Promise<readonly string[]> {
    const result = await this.dispatcher.dispatch(host, { method, params }, new AbortController().signal);
    if (result.ok) throw new Error(`${method} did not fail`);
    return [result.error.code, ...result.error.params];
  }

  /** A small empty disk on one of the demo storages. */
  async disk(storage = 'nfs', sizeBytes = 2 * MIB): Promise<string> {
    const disk = await VirtualDisk.create({ sizeBytes });
    return addDisk(this.pool, disk, { name_label: 'disk', SR: this.storages.get(storage)! });
  }

  /** A VM with these disks. */
  vm(...disks: string[]): string {
    const { db } = this.pool;
    const vm = db.VM.create({ name_label: 'vm' });
    disks.forEach((VDI, position) => db.VBD.create({ VM: vm, VDI, userdevice: String(position) }));
    return vm;
  }
}
