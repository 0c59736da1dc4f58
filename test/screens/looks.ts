import type { Deltascope } from '../e2e/deltascope';

interface Look {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly zoom: number;
}

export const LOOKS: readonly Look[] = [
  { name: '1440x900', width: 1440, height: 900, zoom: 1 },
  { name: '1280x800', width: 1280, height: 800, zoom: 1 },
  { name: '2560x1440', width: 2560, height: 1440, zoom: 1 },
  { name: 'zoom200', width: 1440, height: 900, zoom: 2 },
];

/** Gives the window a size in device pixels and a zoom, as an admin would, and waits until the page has both. */
export async function setLook({ app, page }: Deltascope, { width, height, zoom }: Look): Promise<void> {
  await page.setViewportSize({ width, height });
  await app.evaluate(
    ({ BrowserWindow }, factor) => BrowserWindow.getAllWindows()[0].webContents.setZoomFactor(factor),
    zoom,
  );
  await page.waitForFunction((wanted) => window.innerWidth === wanted, width / zoom);
}
