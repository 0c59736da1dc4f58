import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import { build, type Plugin } from 'vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

const NODE = 'node20.18';

/** Builds an entry into one file of its own. A copy's worker starts with each copy: its share of chunks would take longer. */
const inOneFile = (entry: string): Plugin => ({
  name: 'in-one-file',
  apply: 'build',
  async closeBundle() {
    await build({
      configFile: false,
      logLevel: 'warn',
      build: {
        ssr: entry,
        target: NODE,
        outDir: at('out/main'),
        emptyOutDir: false,
        copyPublicDir: false,
        sourcemap: true,
        rolldownOptions: { output: { format: 'es', codeSplitting: false } },
      },
      ssr: { noExternal: true },
    });
  },
});

export default defineConfig({
  main: {
    plugins: [inOneFile(at('src/main/engine/export/copy-worker.ts'))],
    build: {
      target: NODE,
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: at('src/main/index.ts'),
          cli: at('src/main/cli/main.ts'),
          'library-worker': at('src/main/engine/library/library-worker.ts'),
          'demo-pool-worker': at('src/main/simulator/demo-pool-worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: NODE,
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: { index: at('src/preload/index.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: at('src/renderer'),
    plugins: [react()],
    worker: { format: 'es' },
    build: {
      target: 'chrome130',
      sourcemap: true,
      outDir: at('out/renderer'),
      rolldownOptions: { input: at('src/renderer/index.html') },
    },
  },
});
