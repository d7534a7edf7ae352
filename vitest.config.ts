// One runner for all tests. Process tests share two cores with what they start, so files run two at a time.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    setupFiles: ['test/support/property-seed.ts'],
    // Modules are loaded once per worker: nothing here keeps state in one, and loading them anew costs more than the tests.
    isolate: false,
  },
});
