import type { Page } from '@playwright/test';
import type { Bridge } from '../../src/shared/contract/bridge';
import type { RequestInput, RequestName, RequestOutput } from '../../src/shared/contract/requests';
import { unwrap } from '../../src/shared/model/result';
import type { OutsidePool } from './outside-pool';
import { expect } from './deltascope';

declare const window: { readonly deltascope: Bridge };

/** Asks the main process as the window does. Fails with what it says. */
export async function ask<N extends RequestName>(
  page: Page,
  name: N,
  input: RequestInput<N>,
): Promise<RequestOutput<N>> {
  const result = await page.evaluate(async ([to, what]) => window.deltascope.request(to, what as never), [
    name,
    input,
  ] as const);
  return unwrap(result);
}

/** Connects to a pool whose certificate is trusted. Gives its id in the app. */
export async function connect(page: Page, pool: OutsidePool): Promise<string> {
  const { url, user, password, fingerprint } = pool;
  const { id } = await ask(page, 'pools.connect', { url, user, password, fingerprint, remember: false });
  return id;
}

/** Exports one disk and waits for it. Gives the path of its manifest. */
export async function exportDisk(
  page: Page,
  poolId: string,
  diskUuid: string,
  targetFolder: string,
): Promise<string> {
  const plan = await ask(page, 'export.plan', {
    poolId,
    diskUuids: [diskUuid],
    targetFolder,
    format: 'qcow2',
    mode: 'auto',
    base: 'auto',
    after: 'keep',
    skipUnchanged: true,
  });
  const { id } = await ask(page, 'export.start', plan);
  const job = async () => (await ask(page, 'jobs.list', undefined)).find((found) => found.id === id);
  await expect.poll(async () => (await job())?.state, { timeout: 30_000 }).not.toMatch(/queued|running/);
  const ended = await job();
  expect(ended?.failure).toBeUndefined();
  return ended?.disks[0]?.outcome?.manifestPath ?? '';
}
