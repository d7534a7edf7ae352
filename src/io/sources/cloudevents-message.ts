// CloudEvents 1.0 over HTTP, of one message: in binary mode (attributes are headers), structured (one JSON document) or a batch of those.
// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
import { messageOf, PenumbraError } from '../../errors.ts';
import type { RequestMessage } from '../../model.ts';
import { isRecord } from '../codecs/malformed.ts';
import { parseJson, stringifyJson } from '../json.ts';

export interface CloudEvent {
  /** Names in lower case, without "ce-". */
  readonly attributes: Readonly<Record<string, string>>;
  /** Of the data. */
  readonly contentType: string | null;
  readonly data: Uint8Array;
}

export const structuredType = 'application/cloudevents+json';
export const batchType = 'application/cloudevents-batch+json';

const mostInBatch = 1000;

/** An error stands in the place of an event of a batch that cannot be read. @throws PenumbraError EXCHANGE_INVALID, JSON_INVALID */
export function readCloudEvents(message: RequestMessage, maxBytes: number): readonly (CloudEvent | PenumbraError)[] {
  const type = message.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === structuredType) return [structured(parseJson(message.body, { maxBytes }))];
  if (type !== batchType) return [binary(message)];
  const events = parseJson(message.body, { maxBytes });
  if (!Array.isArray(events)) throw invalid('a batch of events requires a JSON array');
  if (events.length > mostInBatch) throw invalid(`a batch of events requires at most ${mostInBatch} of them`);
  return events.map((event) => {
    try {
      return structured(event);
    } catch (thrown) {
      return thrown instanceof PenumbraError ? thrown : invalid(messageOf(thrown));
    }
  });
}

function binary({ headers, body }: RequestMessage): CloudEvent {
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith('ce-')) attributes[name.slice(3)] = value;
  }
  return requireEvent({ attributes, contentType: headers['content-type'] ?? null, data: body });
}

function structured(event: unknown): CloudEvent {
  if (!isRecord(event)) throw invalid('an event requires a JSON object');
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(event)) {
    if (name === 'data' || name === 'data_base64' || value === null) continue;
    attributes[name.toLowerCase()] = typeof value === 'string' ? value : stringifyJson(value);
  }
  return requireEvent({ attributes, contentType: attributes.datacontenttype ?? null, data: dataOf(event) });
}

function dataOf({ data, data_base64: base64 }: Record<string, unknown>): Uint8Array {
  if (base64 !== undefined) {
    if (typeof base64 !== 'string' || !/^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(base64))
      throw invalid('data_base64 requires base64');
    return Buffer.from(base64, 'base64');
  }
  if (data === undefined || data === null) return new Uint8Array(0);
  // No inference message is a JSON string: a string is a message that somebody wrote as text.
  return Buffer.from(typeof data === 'string' ? data : stringifyJson(data));
}

function requireEvent(event: CloudEvent): CloudEvent {
  for (const name of ['type', 'id', 'source']) {
    const value = event.attributes[name];
    if (value === undefined || value === '' || value.length > 1024)
      throw invalid(`an event requires ${name} (binary mode: ce-${name}) of 1 to 1024 characters`);
  }
  const length = Object.values(event.attributes).reduce((sum, value) => sum + value.length, 0);
  if (length > maxAttributesLength)
    throw invalid(`an event requires attributes of at most ${maxAttributesLength} characters in all, not ${length}`);
  return event;
}

/** Beyond what HTTP servers take as headers; attributes of a structured event are held as they come. */
const maxAttributesLength = 16 * 1024;

function invalid(message: string): PenumbraError {
  return new PenumbraError('EXCHANGE_INVALID', message);
}
