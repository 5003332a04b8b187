import { defineConfig } from 'vitest/config';

// Whole pages in a real browser before a real server; one file after the other, since each has both.
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    // Generous, for machines busy with other tests: nothing waits longer than it has to.
    testTimeout: 180_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 180_000,
    fileParallelism: false,
  },
});
