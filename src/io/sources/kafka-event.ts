// CloudEvents in Kafka records: attributes as `ce_` headers and the data as the value, or the whole event as JSON.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
import type { PenumbraError } from '../../errors.ts';
import type { Headers } from '../../model.ts';
import type { KafkaRecord } from '../kafka/port.ts';
import { type CloudEvent, readCloudEvents } from './cloudevents-message.ts';

const prefix = 'ce_';

/** By its headers alone. */
export function isCloudEvent({ headers }: KafkaRecord): boolean {
  return Object.entries(headers).some(([name, value]) => {
    const known = name.toLowerCase();
    return known === 'ce_type' || known === 'ce_specversion' || (known === 'content-type' && isEventType(value));
  });
}

const isEventType = (type: string): boolean => /^application\/cloudevents(-batch)?\+json\s*(;|$)/i.test(type);

/** In a batch an error stands in the place of an event that cannot be read. @throws PenumbraError EXCHANGE_INVALID, JSON_INVALID */
export function eventsOf({ headers, value }: KafkaRecord, maxBytes: number): readonly (CloudEvent | PenumbraError)[] {
  const message = { method: 'POST', path: '/', headers: asOverHttp(headers), body: value ?? new Uint8Array(0) };
  return readCloudEvents(message, maxBytes);
}

function asOverHttp(headers: Headers): Headers {
  const named = Object.entries(headers).map(([name, value]) => {
    const lower = name.toLowerCase();
    return [lower.startsWith(prefix) ? `ce-${lower.slice(prefix.length)}` : lower, value] as const;
  });
  return Object.fromEntries(named);
}
