import { defineConfig } from 'vitest/config';

// Whole pages in a real browser before a real server; one file after the other, since each has both.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    fileParallelism: false,
  },
});
