import { resolve } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';

const at = (path: string): string => resolve(import.meta.dirname, path);

export default defineConfig({
  main: {
    build: {
      target: 'node20.18',
      sourcemap: true,
      externalizeDeps: false,
      rolldownOptions: {
        input: {
          index: at('src/main/index.ts'),
          cli: at('src/main/cli/main.ts'),
          'copy-worker': at('src/main/engine/export/copy-worker.ts'),
          'library-worker': at('src/main/engine/library/library-worker.ts'),
          'demo-pool-worker': at('src/main/simulator/demo-pool-worker.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      target: 'node20.18',
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
