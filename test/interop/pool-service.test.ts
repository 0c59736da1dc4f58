import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PoolService } from '../../src/main/shell/pool-service';
import { Secrets, type Keychain } from '../../src/main/shell/secrets';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { DEMO_DISKS, quickDemoPool } from '../fixtures/demo-pool';
import { tempDir } from '../fixtures/temp-dir';

/** Stands for the system's, which needs a desktop session. */
const keychain: Keychain = {
  isThere: () => Promise.resolve(true),
  encrypt: (text) => Promise.resolve(Buffer.from(text).reverse()),
  decrypt: (encrypted) => Promise.resolve(Buffer.from(encrypted).reverse().toString()),
};

let folder: ReturnType<typeof tempDir>;
let demo: DemoPool;
const opened: PoolService[] = [];

beforeEach(async () => {
  folder = tempDir();
  demo = await quickDemoPool();
});
afterEach(async () => {
  for (const service of opened.splice(0)) await service.close();
  await demo.close();
  folder.remove();
});

/** As after a start of the app: nothing is in memory. */
function start(): PoolService {
  const service = new PoolService({
    dataFolder: folder.path,
    secrets: new Secrets(join(folder.path, 'secrets.json'), keychain),
    demo: { workerFile: new URL('file:///not-used'), imageFolder: DEMO_DISKS },
    onPoolsChanged: () => undefined,
    onInventoryChanged: () => undefined,
  });
  opened.push(service);
  return service;
}
const contentOf = (file: string): unknown => {
  const path = join(folder.path, file);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
};
const login = () => ({ url: demo.url, user: demo.user, fingerprint: demo.fingerprint });

describe('the password of a pool', () => {
  it('is not kept when that was declined, not even after connecting again without typing it', async () => {
    const pools = start();
    const { id } = await pools.connect({ ...login(), password: demo.password, remember: false });
    await pools.disconnect(id);
    await pools.connect({ ...login(), remember: true });
    expect(contentOf('secrets.json')).toEqual({});
    await expect(start().connect({ ...login(), remember: true })).rejects.toMatchObject({
      failure: { code: 'password-needed' },
    });
  });

  it('is kept when that was asked for, and deleted once it is declined', async () => {
    const { id } = await start().connect({ ...login(), password: demo.password, remember: true });
    expect(contentOf('secrets.json')).toEqual({ [id]: expect.any(String) });
    await start().connect({ ...login(), remember: true });
    await start().connect({ ...login(), password: demo.password, remember: false });
    expect(contentOf('secrets.json')).toEqual({});
  });
});

it('forgetting a pool removes its address, its pin and its password, and nothing of another', async () => {
  const pools = start();
  const other = await quickDemoPool({ seed: 2, certificates: undefined });
  try {
    const { id } = await pools.connect({ ...login(), password: demo.password, remember: true });
    const kept = await pools.connect({
      url: other.url,
      user: other.user,
      fingerprint: other.fingerprint,
      password: other.password,
      remember: true,
    });
    await pools.forget(id);
    expect(pools.list().map((pool) => pool.id)).toEqual([kept.id]);
    expect(contentOf('pools.json')).toMatchObject([{ id: kept.id }]);
    expect(contentOf('secrets.json')).toEqual({ [kept.id]: expect.any(String) });
    expect(contentOf('known-pools.json')).toMatchObject({
      pools: { [other.url]: { fingerprint: other.fingerprint } },
    });
    await expect(pools.certificate(demo.url)).resolves.toMatchObject({ known: 'new' });
    await expect(pools.certificate(other.url)).resolves.toMatchObject({ known: 'same' });
  } finally {
    await pools.close();
    await other.close();
  }
});
