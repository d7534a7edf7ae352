// One call to a shadow target as dispatch would make it, for the tests of targets.
import { openInferenceV2 } from '../../src/io/codecs/open-inference-v2.ts';
import type { TargetCall } from '../../src/io/ports.ts';
import type { RequestMessage } from '../../src/model.ts';

export const oipCodec = openInferenceV2.create({});

export function messageWith(features: readonly number[]): RequestMessage {
  const input = { name: 'features', shape: [1, features.length], datatype: 'FP32', data: features };
  const key = { name: 'entity_key', shape: [1], datatype: 'BYTES', data: ['k1'] };
  return {
    method: 'POST',
    path: '/v2/models/tiny/infer',
    headers: {
      'content-type': 'application/json',
      authorization: 'Bearer production',
      cookie: 'a=b',
      'x-request-id': 'r1',
      traceparent: '00-old',
    },
    body: Buffer.from(JSON.stringify({ id: '1', inputs: [input, key] })),
  };
}

export function callWith(changes: Partial<TargetCall> = {}): TargetCall {
  const message = changes.message ?? messageWith([1, 2]);
  return {
    request: oipCodec.decodeRequest(message),
    message,
    perturbed: false,
    headers: { 'x-shadow': 'run/arm' },
    deadlineMs: 5000,
    signal: new AbortController().signal,
    ...changes,
  };
}

export const goodAnswer =
  '{"model_name":"tiny","model_version":"v9","outputs":[{"name":"p","shape":[1],"datatype":"FP32","data":[0.5]}]}';
