// Starts the real broker that the Kafka suites share and stops it after the last; without one the suites fail, they do not skip.
import { performance } from 'node:perf_hooks';
import { startBroker } from './broker.ts';

export default async function setUp(): Promise<() => Promise<void>> {
  const sinceMs = performance.now();
  const broker = await startBroker();
  process.env.PENUMBRA_KAFKA = broker.address;
  process.stdout.write(
    `a real Kafka listens on ${broker.address} after ${Math.round(performance.now() - sinceMs)} ms\n`,
  );
  return () => broker.stop();
}
