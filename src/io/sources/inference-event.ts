// What an event of KServe's or Seldon's logger says of an inference call: which half it is, whose, when, and the message itself with the
// headers that the logger kept and those that its body shows. Loggers keep few headers, and an answer's event has the request's type.
import type { Headers } from '../../model.ts';
import { headersOfBody, jsonLengthHeader } from './bare-body.ts';
import type { CloudEvent } from './cloudevents-message.ts';

export interface InferenceEvent {
  readonly half: 'request' | 'answer';
  /** The same for both halves: KServe's ce-id, Seldon's ce-requestid. */
  readonly id: string;
  readonly service: string;
  readonly endpoint: string;
  readonly component: string;
  /** The id among everything else that names the same deployment, so that two deployments never share one. */
  readonly eventKey: string;
  /** Epoch milliseconds; null: the event does not say it. */
  readonly at: number | null;
  readonly headers: Headers;
  /** Of the request, as far as the logger kept them; in answers' events too. */
  readonly kept: Headers;
  readonly body: Uint8Array;
}

/** `other_type`: feedback, outliers and the like; `json_end_unknown`: bytes behind a JSON that never ends. */
export type NoInference = 'other_type' | 'json_end_unknown';

const typeForm = /^(org\.kubeflow\.serving|io\.seldon\.serving)\.inference\.(request|response)$/;

export function readInferenceEvent({ attributes, contentType, data }: CloudEvent): InferenceEvent | NoInference {
  const found = typeForm.exec(attributes.type ?? '');
  if (found === null) return 'other_type';
  const [, maker, side] = found;
  const half = side === 'request' ? 'request' : 'answer';
  const kept = keptHeaders(attributes);
  const shown = headersOfBody(data);
  if (shown === null) return 'json_end_unknown';
  const { id = '', requestid, inferenceservicename: service = '', namespace = '', component = '' } = attributes;
  const endpoint = attributes.endpoint ?? '';
  const pairId = maker?.startsWith('io.seldon') ? (requestid ?? kept['seldon-puid'] ?? id) : id;
  return {
    half,
    id: pairId,
    service,
    endpoint,
    component,
    eventKey: JSON.stringify([namespace, service, component, endpoint, pairId]),
    at: timeOf(attributes),
    headers:
      half === 'answer'
        ? { 'content-type': 'application/json', ...shown }
        : { 'content-type': 'application/json', ...typed(contentType), ...shown, ...kept },
    kept,
    body: data,
  };
}

function typed(contentType: string | null): Headers {
  return contentType === null || contentType === '' ? {} : { 'content-type': contentType };
}

/** Of the request, in answers' events too; `metadata` is JSON of a header's name to its values, percent-encoded by some senders. */
function keptHeaders({ metadata, traceparent }: CloudEvent['attributes']): Headers {
  const headers: Record<string, string> = {};
  if (traceparent !== undefined) headers.traceparent = traceparent;
  for (const [name, values] of Object.entries(recordIn(metadata))) {
    const list = [values]
      .flat()
      .filter((value) => typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value));
    if (list.length > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name)) headers[name.toLowerCase()] = list.join(', ');
  }
  // Of an answer in chunks, or of bytes that were not kept.
  const { 'content-length': _length, 'transfer-encoding': _encoding, ...rest } = headers;
  return rest[jsonLengthHeader] === '' ? { ...rest, [jsonLengthHeader]: '0' } : rest;
}

function recordIn(metadata: string | undefined): Record<string, unknown> {
  for (const read of [(text: string) => text, decodeURIComponent]) {
    try {
      const value: unknown = JSON.parse(read(metadata ?? '{}'));
      if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
    } catch {
      // Neither form: nothing was kept.
    }
  }
  return {};
}

/** `recordedtime` is when the call was, where a logger says it; `time` may be when the event was sent. */
function timeOf({ recordedtime, time }: CloudEvent['attributes']): number | null {
  for (const written of [recordedtime, time]) {
    const at = Date.parse(written ?? '');
    if (at >= 1e12) return at;
  }
  return null;
}
