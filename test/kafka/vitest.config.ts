// The Kafka suites: one real broker for all of them, whose address they are told; those that break brokers start their own.
import { resolve } from 'node:path';
import { configDefaults, defineConfig } from 'vitest/config';
import { retry, secondTries } from '../support/second-tries.ts';

const isShort = process.env.PENUMBRA_KAFKA_SUITES === 'short';

export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  test: {
    include: ['test/kafka/**/*.test.ts'],
    // What takes minutes on a real broker is for npm run test:kafka alone.
    exclude: [...configDefaults.exclude, ...(isShort ? ['test/kafka/**/*.long.test.ts'] : [])],
    globalSetup: ['test/kafka/broker/shared.ts'],
    setupFiles: ['test/support/property-seed.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    retry,
    reporters: ['default', secondTries],
    maxWorkers: 2,
    isolate: false,
  },
});
