// The fingerprint of a request's model inputs: equal for requests that ask the model the same question.
import { sipHash24 } from '../core/siphash.ts';
import type { ModelRequest } from '../model.ts';

const zeroKey = { low0: 0, high0: 0, low1: 0, high1: 0 };

export function fingerprintOf(request: ModelRequest): string {
  const text = request.inputs
    .map(
      (tensor) =>
        `${tensor.name}\u0000${tensor.datatype}\u0000${tensor.shape.join('x')}\u0000${tensor.data.join('\u0001')}`,
    )
    .join('\u0002');
  const { low, high } = sipHash24(zeroKey, text);
  return `${high.toString(16)}.${low.toString(16)}.${text.length}`;
}
