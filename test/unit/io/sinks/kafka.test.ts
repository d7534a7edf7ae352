// Alerts to a topic: one record each, keyed by what stays the same of an alert, and what a broker that is away means for it.
import { expect, it } from 'vitest';
import { createKafkaSink } from '../../../../src/io/sinks/kafka.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createMemoryKafka } from '../../../support/memory-kafka.ts';
import { notificationFor } from '../../../support/notification.ts';

it('writes one record per alert under its key, and says when another try is worth it', async () => {
  const memory = createMemoryKafka({ clock: createFakeClock(), partitions: 1 });
  const sink = createKafkaSink({ kafka: memory.connect(), brokers: ['k:9092'], topic: 'alerts' });
  const notification = notificationFor([{}, { key: 'release/other', status: 'resolved' }]);
  expect(sink.name).toBe('kafka k:9092/alerts');
  expect(await sink.deliver(notification)).toEqual({ delivered: true, retryable: false, detail: '2 in alerts' });
  const records = memory.recordsOf('alerts', 0);
  expect(records.map(({ key }) => Buffer.from(key ?? []).toString())).toEqual(
    notification.alerts.map(({ key }) => key),
  );
  expect(records.map(({ value }) => JSON.parse(Buffer.from(value ?? []).toString()))).toEqual(
    notification.alerts.map((alert) => JSON.parse(JSON.stringify(alert))),
  );
  expect(records[0]?.headers['penumbra-notification']).toBe(notification.key);
  memory.stop();
  expect(await sink.deliver(notification)).toMatchObject({ delivered: false, retryable: true });
  memory.start();
  expect(await sink.deliver(notification)).toMatchObject({ delivered: true });
  await sink.close();
});
