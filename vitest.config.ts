import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default'],
    // Most of the time goes into waiting for other programs, so even two cores take three files at once.
    maxWorkers: 3,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.{ts,tsx}', 'test/fuzz/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          globalSetup: 'test/interop/global-setup.ts',
          // Only a test that hangs comes near it, however busy the machine is.
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
