import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { connectPool, parseAddress, readCertificate, type PoolConnection } from '../engine/xapi';
import type { Certificate } from '../../shared/contract/requests';
import { KnownPools } from '../engine/trust/known-pools';
import { fail, type Failure } from '../../shared/model/failure';
import type { InventoryPatch, Pool } from '../../shared/model/inventory';
import { unwrap } from '../../shared/model/result';
import type { DemoPool } from '../simulator/demo-pool';
import { launchDemoPool } from '../simulator/launch-demo-pool';
import { JsonFile } from './json-file';
import type { Secrets } from './secrets';

const recentSchema = z.array(
  z.object({ id: z.string(), url: z.string(), name: z.string(), user: z.string(), fingerprint: z.string() }),
);

interface Entry {
  pool: Pool;
  connection?: PoolConnection;
  stopListening?: () => void;
}

export interface PoolServiceOptions {
  readonly dataFolder: string;
  readonly secrets: Secrets;
  readonly demo: { readonly workerFile: URL; readonly imageFolder: string };
  readonly onPoolsChanged: (pools: Pool[]) => void;
  readonly onInventoryChanged: (poolId: string, patch: InventoryPatch) => void;
  /** Something failed that nobody waits for. */
  readonly onTrouble: (failure: Failure) => void;
}

const DEMO_ID = 'demo';
const idOf = (url: string): string => createHash('sha256').update(originOf(url)).digest('hex').slice(0, 16);
const originOf = (url: string): string => parseAddress(url).origin;

/** The pools the user knows and those connected now, the demo pool among them. */
export class PoolService {
  readonly #options: PoolServiceOptions;
  readonly #recent: JsonFile<z.infer<typeof recentSchema>>;
  readonly #trusted: KnownPools;
  readonly #entries = new Map<string, Entry>();
  #demo: DemoPool | undefined;
  /** The last work on each pool: two at once would leave a connection, or a demo pool, that nobody closes. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(options: PoolServiceOptions) {
    this.#options = options;
    this.#recent = new JsonFile(join(options.dataFolder, 'pools.json'), recentSchema, [], options.onTrouble);
    this.#trusted = new KnownPools(join(options.dataFolder, 'known-pools.json'));
    for (const recent of this.#recent.read()) {
      this.#entries.set(recent.id, { pool: { ...recent, isDemo: false, state: 'disconnected' } });
    }
  }

  list(): Pool[] {
    return [...this.#entries.values()].map(({ pool }) => pool);
  }

  /** The connection of a pool, also by its XAPI uuid, or the failure `pool-not-connected`. */
  connection(poolId: string): PoolConnection {
    const byUuid = [...this.#entries.values()].find(({ connection }) => connection?.poolUuid === poolId);
    const entry = this.#entries.get(poolId) ?? byUuid;
    if (entry?.connection !== undefined) return entry.connection;
    return fail({
      code: 'pool-not-connected',
      message: `${entry?.pool.name ?? 'The pool'} is not connected.`,
      nextStep: 'Connect to the pool, then try again.',
    });
  }

  async certificate(url: string): Promise<Certificate> {
    const { sha256, subject, issuer, validFrom, validTo } = unwrap(await readCertificate(url));
    const pinned = await this.#trusted.fingerprintOf(originOf(url));
    const known = pinned === undefined ? 'new' : pinned === sha256 ? 'same' : 'changed';
    return {
      fingerprint: sha256,
      subject,
      issuer,
      validFrom,
      validTo,
      known,
      ...(known === 'changed' && pinned !== undefined ? { pinned } : {}),
    };
  }

  async connect(request: {
    url: string;
    user: string;
    password?: string | undefined;
    fingerprint: string;
    remember: boolean;
  }): Promise<Pool> {
    const { user, fingerprint, remember } = request;
    const url = originOf(request.url);
    const id = idOf(url);
    const password =
      request.password ??
      (await this.#options.secrets.get(id)) ??
      fail({
        code: 'password-needed',
        message: `The password for ${user} on ${url} is not known.`,
        nextStep: 'Enter the password.',
      });
    const pool = await this.#inTurn(id, () =>
      this.#open({ id, url, user, fingerprint, name: url, isDemo: false }, password),
    );
    // One that came from memory or the keychain stays where it was: nobody was asked about it now.
    if (request.password !== undefined) await this.#options.secrets.set(id, request.password, remember);
    await this.#trusted.trust(originOf(url), fingerprint);
    const others = this.#recent.read().filter((recent) => recent.id !== id);
    this.#recent.write([...others, { id, url, user, fingerprint, name: pool.name }]);
    return pool;
  }

  /** Starts the demo pool, once, and connects to it like to any other. */
  openDemo(vmCount?: number): Promise<Pool> {
    return this.#inTurn(DEMO_ID, async () => {
      const open = this.#entries.get(DEMO_ID);
      if (open?.connection !== undefined) return open.pool;
      const { workerFile, imageFolder } = this.#options.demo;
      this.#demo ??= await launchDemoPool({
        workerFile,
        imageFolder,
        ...(vmCount === undefined ? {} : { vmCount }),
        onCrash: (failure) => {
          this.#options.onTrouble(failure);
          void this.disconnect(DEMO_ID);
        },
      });
      const { url, user, password, fingerprint } = this.#demo;
      return this.#open({ id: DEMO_ID, url, user, fingerprint, name: 'Demo pool', isDemo: true }, password);
    });
  }

  disconnect(poolId: string): Promise<void> {
    return this.#inTurn(poolId, () => this.#disconnect(poolId));
  }

  async #disconnect(poolId: string): Promise<void> {
    const entry = this.#entries.get(poolId);
    entry?.stopListening?.();
    const connection = entry?.connection;
    delete entry?.connection;
    await connection?.close();
    if (poolId === DEMO_ID) {
      this.#entries.delete(DEMO_ID);
      const demo = this.#demo;
      this.#demo = undefined;
      await demo?.close();
      this.#tell();
    } else {
      this.#update(poolId, { state: 'disconnected', failure: undefined });
    }
  }

  /** Removes its address, its pinned certificate and its password from this computer. */
  async forget(poolId: string): Promise<void> {
    const url = this.#entries.get(poolId)?.pool.url;
    await this.disconnect(poolId);
    this.#options.secrets.delete(poolId);
    if (url !== undefined) await this.#trusted.forget(originOf(url));
    this.#entries.delete(poolId);
    this.#recent.write(this.#recent.read().filter(({ id }) => id !== poolId));
    this.#tell();
  }

  async close(): Promise<void> {
    const ids = new Set([...this.#entries.keys(), ...this.#turns.keys()]);
    await Promise.allSettled([...ids].map((id) => this.disconnect(id)));
  }

  #inTurn<T>(poolId: string, work: () => Promise<T>): Promise<T> {
    // What became of the work before is told to whoever asked for it.
    const turn = (this.#turns.get(poolId) ?? Promise.resolve()).then(work, work);
    this.#turns.set(poolId, turn);
    return turn;
  }

  async #open(pool: Omit<Pool, 'state'>, password: string): Promise<Pool> {
    const previous = this.#entries.get(pool.id);
    await previous?.connection?.close();
    this.#entries.set(pool.id, { pool: { ...pool, state: 'connecting' } });
    this.#tell();
    const result = await connectPool({
      url: pool.url,
      user: pool.user,
      password,
      pin: { sha256: pool.fingerprint },
      onStateChange: ({ state, failure }) => this.#update(pool.id, { state, failure }),
    });
    if (!result.ok) {
      // A pool that was never connected is not kept; a known one shows why it is not there.
      if (previous === undefined) this.#entries.delete(pool.id);
      else
        this.#entries.set(pool.id, {
          pool: { ...previous.pool, state: 'disconnected', failure: result.failure },
        });
      this.#tell();
      return unwrap(result);
    }
    const connection = result.value;
    const { poolName } = connection.inventory();
    const entry: Entry = {
      connection,
      pool: { ...pool, name: poolName || pool.name, state: 'connected' },
      stopListening: connection.onInventoryChanged((patch) =>
        this.#options.onInventoryChanged(pool.id, patch),
      ),
    };
    this.#entries.set(pool.id, entry);
    this.#tell();
    return entry.pool;
  }

  #update(poolId: string, change: Pick<Pool, 'state'> & { failure?: Pool['failure'] }): void {
    const entry = this.#entries.get(poolId);
    if (entry === undefined) return;
    entry.pool = { ...entry.pool, ...change };
    this.#tell();
  }

  #tell(): void {
    this.#options.onPoolsChanged(this.list());
  }
}
