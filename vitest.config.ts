// One runner for all tests. Process tests share two cores with what they start, so files run two at a time.
import { configDefaults, defineConfig } from 'vitest/config';
import { retry, secondTries } from './test/support/second-tries.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // They want a broker: test/kafka/vitest.config.ts.
    exclude: [...configDefaults.exclude, 'test/kafka/**'],
    // Against hangs alone: a machine that is busy with other things starts a process in ten seconds, and no bar here is a speed.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    retry,
    reporters: ['default', secondTries],
    maxWorkers: 2,
    setupFiles: ['test/support/property-seed.ts'],
    // Modules are loaded once per worker: nothing here keeps state in one, and loading them anew costs more than the tests.
    isolate: false,
  },
});
