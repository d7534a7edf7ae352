// Messages between comparators and the judge as they stand in a topic: JSON in UTF-8.
import type { KafkaRecord } from '../../io/kafka/port.ts';

const decoder = new TextDecoder();

/** Null for what is no message: somebody else writes to the topic. */
export function readMessage<Message>({ value }: KafkaRecord): Message | null {
  if (value === null) return null;
  try {
    const read = JSON.parse(decoder.decode(value)) as unknown;
    return typeof read === 'object' && read !== null && 'type' in read ? (read as Message) : null;
  } catch {
    return null;
  }
}

export function toMessage<Message>(key: string, message: Message) {
  return { key, value: JSON.stringify(message), partition: 0 };
}
