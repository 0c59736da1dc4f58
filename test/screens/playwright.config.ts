import { defineConfig } from '@playwright/test';

// Pictures for looking at, not tests: `npm run screens` leaves them in out/looks.
export default defineConfig({
  testDir: '.',
  outputDir: '../../out/looks-run',
  workers: 1,
  timeout: 900_000,
  expect: { timeout: 15_000 },
  reporter: 'list',
});
