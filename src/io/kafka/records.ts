// Records between the port's form and the wire library's: offsets as numbers, headers as text.
import type { KafkaRecord, OutgoingRecord } from './port.ts';

type HeaderValue = Buffer | string | (Buffer | string)[] | undefined;

interface WireRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, HeaderValue>>;
}

export function readRecord({ offset, timestamp, key, value, headers = {} }: WireRecord): KafkaRecord {
  const texts = Object.entries(headers).map(([name, written]) => [name, textOf(written)] as const);
  return { offset: Number(offset), timestampMs: Number(timestamp), key, value, headers: Object.fromEntries(texts) };
}

export function writeRecord({ key, value, headers, partition }: OutgoingRecord) {
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    ...(headers ? { headers: { ...headers } } : {}),
    ...(partition === undefined ? {} : { partition }),
  };
}

function textOf(written: HeaderValue): string {
  const last = Array.isArray(written) ? written.at(-1) : written;
  return last?.toString() ?? '';
}

function bytesOf(bytes: Uint8Array | string | null): Buffer | null {
  if (bytes === null) return null;
  if (typeof bytes === 'string') return Buffer.from(bytes);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
