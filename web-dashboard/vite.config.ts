import { gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// Each text file also compressed, as perceptd sends it: it has no compressor of its own at hand.
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        for (const [fileName, file] of Object.entries(bundle)) {
          if (!/\.(js|css|html|svg|json)$/.test(fileName)) continue;
          const source = gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 });
          this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source });
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [react(), compressed()],
  worker: { format: 'es' },
  build: {
    outDir: process.env['PERCEPT_DASHBOARD_DIR'] ?? '../build/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0, // No data: URLs for scripts, which the policy forbids.
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
  server: {
    // For work on the page alone, beside a perceptd: vite's own server passes calls on to it.
    proxy: { '^/percept\\.v1\\.': process.env['PERCEPT_HTTP'] ?? 'http://127.0.0.1:7880' },
  },
  test: { include: ['src/**/*.spec.ts'] },
});
