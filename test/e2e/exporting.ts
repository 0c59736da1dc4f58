import type { Page } from '@playwright/test';
import { expect, openDisk } from './deltascope';

/** MiB/s. So slow that no disk of the demo pool comes to its end by itself while a test looks at it. */
export const CRAWL = '0.1';

/** Exports a disk by the form and waits for the job's page. @param limit MiB/s; none when absent */
export async function startExport(
  page: Page,
  { vm, disk, folder, limit }: { vm: string; disk: RegExp; folder: string; limit?: string },
): Promise<void> {
  const main = page.getByRole('main');
  await openDisk(page, vm, disk);
  await main.getByRole('button', { name: 'Export…' }).first().click();
  await main.getByRole('textbox', { name: 'Target folder' }).fill(folder);
  if (limit !== undefined) await main.getByRole('textbox', { name: 'Limit in MiB/s' }).fill(limit);
  await main.getByRole('button', { name: 'Start Export' }).click();
  await expect(main.getByRole('heading', { level: 1 })).toContainText(/^\s*Export of/);
}

/** The copy of the job on the page is under way: part of the disk has been read. */
export async function expectCopying(page: Page): Promise<void> {
  const main = page.getByRole('main');
  await expect(main.getByRole('heading', { level: 1 })).toContainText('running');
  await expect(main.getByText(/^Bottleneck/)).toBeVisible();
}
