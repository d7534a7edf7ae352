// Where the real broker that all Kafka suites share listens, and clients of it that end with their test.
import { systemClock } from '../../../src/io/clock.ts';
import { type KafkaLogOptions, openKafka } from '../../../src/io/kafka/kafka-log.ts';
import type { KafkaLog } from '../../../src/io/kafka/port.ts';

export const quietLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export function sharedAddress(): string {
  const address = process.env.PENUMBRA_KAFKA;
  if (address === undefined) throw new Error('npm run test:kafka starts the broker that these suites need');
  return address;
}

/** Quick sessions and looks, so that a test does not wait for what a person would not notice. */
export function connectTo(address: string, options: Partial<KafkaLogOptions> = {}): KafkaLog {
  return openKafka(
    { where: 'source.kafka', brokers: [address], clientId: 'test', tls: null, sasl: null },
    { clock: systemClock, log: quietLog, endEveryMs: 100, sessionMs: 6000, ...options },
  );
}
