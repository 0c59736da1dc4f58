import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../src/shared/model/failure';
import { PoolService } from '../../src/main/shell/pool-service';
import { Secrets, type Keychain } from '../../src/main/shell/secrets';
import type { DemoPool } from '../../src/main/simulator/demo-pool';
import { threadsEnded } from '../../src/main/threads/threads';
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
const troubles: Failure[] = [];

beforeEach(async () => {
  folder = tempDir();
  demo = await quickDemoPool();
});
afterEach(async () => {
  for (const service of opened.splice(0)) await service.close();
  troubles.splice(0);
  await demo.close();
  folder.remove();
});

/** As after a start of the app: nothing is in memory. */
function start(workerFile = new URL('file:///not-used')): PoolService {
  const service = new PoolService({
    dataFolder: folder.path,
    secrets: new Secrets(join(folder.path, 'secrets.json'), keychain, (failure) => troubles.push(failure)),
    demo: { workerFile, imageFolder: DEMO_DISKS },
    onPoolsChanged: () => undefined,
    onInventoryChanged: () => undefined,
    onTrouble: (failure) => troubles.push(failure),
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

describe('the demo pool', () => {
  /** A thread that says it is the demo pool of this test, notes that it started, and crashes when there is a file `crash`. */
  function demoWorker(): URL {
    const { url, user, password, fingerprint, certPem } = demo;
    const file = join(folder.path, 'worker.mjs');
    const access = JSON.stringify({ url, user, password, fingerprint, certPem });
    writeFileSync(
      file,
      `import { appendFileSync, existsSync } from 'node:fs';
       import { parentPort } from 'node:worker_threads';
       appendFileSync(${JSON.stringify(join(folder.path, 'starts'))}, 'x');
       parentPort.on('message', () => process.exit());
       parentPort.postMessage({ kind: 'started', access: ${access} });
       setInterval(() => {
         if (existsSync(${JSON.stringify(join(folder.path, 'crash'))})) throw new Error('on purpose');
       }, 5);`,
    );
    return pathToFileURL(file);
  }

  it('starts once, however often it is opened, and ends with its pool', async () => {
    const pools = start(demoWorker());
    const [one, two] = await Promise.all([pools.openDemo(), pools.openDemo()]);
    expect(two).toEqual(one);
    expect(readFileSync(join(folder.path, 'starts'), 'utf8')).toBe('x');
    await pools.close();
    expect(await threadsEnded(0)).toBe(true);
  });

  it('is closed, too, when that is asked for while it starts', async () => {
    const pools = start(demoWorker());
    const opening = pools.openDemo();
    await pools.close();
    await opening;
    expect(pools.list()).toEqual([]);
    expect(await threadsEnded(0)).toBe(true);
  });

  it('that crashes is told, and can be opened again', async () => {
    const pools = start(demoWorker());
    await pools.openDemo();
    writeFileSync(join(folder.path, 'crash'), '');
    while (pools.list().length > 0) await new Promise(setImmediate);
    expect(troubles).toMatchObject([{ code: 'demo-pool-crashed' }]);
    rmSync(join(folder.path, 'crash'));
    expect(await pools.openDemo()).toMatchObject({ state: 'connected' });
  });
});

it('damaged files of pools and passwords are set aside, and that is told', async () => {
  const files = ['pools.json', 'secrets.json'].map((name) => join(folder.path, name));
  for (const file of files) writeFileSync(file, '[{"id": 1');
  await expect(start().connect({ ...login(), remember: true })).rejects.toMatchObject({
    failure: { code: 'password-needed' },
  });
  expect(troubles.map(({ code }) => code)).toEqual(['file-damaged', 'file-damaged']);
  files.forEach((file, at) => {
    expect(troubles[at].message).toContain(file);
    expect(existsSync(`${file}.damaged`)).toBe(true);
  });
});
