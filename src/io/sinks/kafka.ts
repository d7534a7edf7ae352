// Alerts to a Kafka topic: one record per alert, keyed by the alert's stable key, so that a compacted topic holds the latest of each.
// Not one of the kinds of the index, which all speak HTTP: it is made with a connection.
import { PenumbraError } from '../../errors.ts';
import type { KafkaLog } from '../kafka/port.ts';
import type { Sink } from '../ports.ts';

export interface KafkaSinkOptions {
  readonly kafka: KafkaLog;
  readonly brokers: readonly string[];
  readonly topic: string;
}

export function createKafkaSink({ kafka, brokers, topic }: KafkaSinkOptions): Sink {
  return {
    name: `kafka ${brokers.join(',')}/${topic}`,
    deliver: async ({ key, alerts }) => {
      const records = alerts.map((alert) => ({
        key: alert.key,
        value: JSON.stringify(alert),
        headers: { 'content-type': 'application/json', 'penumbra-notification': key },
      }));
      try {
        await kafka.produce(topic, records);
        return { delivered: true, retryable: false, detail: `${records.length} in ${topic}` };
      } catch (thrown) {
        const { message, retryable } = thrown as PenumbraError;
        return { delivered: false, retryable: thrown instanceof PenumbraError ? retryable : true, detail: message };
      }
    },
    close: () => kafka.close(),
  };
}
