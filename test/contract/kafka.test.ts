// The laws of the Kafka port on the Kafka in memory; npm run test:kafka asks the same of librdkafka's mock cluster and of a real broker.
import { systemClock } from '../../src/io/clock.ts';
import { describeKafkaPort } from '../kafka/port-laws.ts';
import { createMemoryKafka } from '../support/memory-kafka.ts';

describeKafkaPort('Kafka in memory', {
  open: async () => {
    const kafka = createMemoryKafka({ clock: systemClock, endEveryMs: 50 });
    return { connect: () => kafka.connect(), close: async () => undefined };
  },
});
