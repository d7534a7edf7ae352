// The laws of the Kafka port on a real Apache Kafka.
import { connectTo, sharedAddress } from './broker/shared-address.ts';
import { describeKafkaPort } from './port-laws.ts';

describeKafkaPort('a real Apache Kafka', {
  open: async () => ({ connect: () => connectTo(sharedAddress()), close: async () => undefined }),
});
