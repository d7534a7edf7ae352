// Reads a request's segments: out of a header, a declared input, or the body by JSON Pointer. Decided by the request alone, before any
// arm is asked. Total: what is not there, or cannot be read, is the segment `other`.
import { valueAtPointer } from '../core/json-pointer.ts';
import { segmentOf } from '../core/judge/segment.ts';
import type { InputFeature, ModelRequest, RequestMessage, Segmentation, SegmentSource, Segments } from '../model.ts';

interface Asked {
  readonly message: RequestMessage;
  readonly request: ModelRequest;
}

/** Null when nothing is divided, so that nobody pays for it. `documentOf` gives the JSON of a message, undefined for none; never throws. */
export function createFindSegments(
  segmentations: readonly Segmentation[],
  documentOf: (message: RequestMessage) => unknown,
): ((asked: Asked) => Segments) | null {
  if (segmentations.length === 0) return null;
  const needsBody = segmentations.some(({ source }) => source.type === 'pointer');
  return ({ message, request }) => {
    const body = needsBody ? documentOf(message) : undefined;
    const found = segmentations.map((one) => [one.name, segmentOf(one, rawOf(one.source, { message, request, body }))]);
    return Object.fromEntries(found) as Segments;
  };
}

function rawOf(source: SegmentSource, { message, request, body }: Asked & { body: unknown }): unknown {
  if (source.type === 'header') return message.headers[source.header];
  return source.type === 'input' ? inputOf(request, source.input) : valueAtPointer(body, source.pointer);
}

function inputOf({ inputs }: ModelRequest, { tensor: name, index }: InputFeature): unknown {
  const tensor = inputs.find((one) => one.name === name);
  if (tensor === undefined) return undefined;
  return index === null && tensor.data.length !== 1 ? undefined : tensor.data[index ?? 0];
}
