// The fingerprint of a request's model inputs: equal for requests that ask the model the same question.
import { sipHash24, sipHash24Bytes } from '../core/siphash.ts';
import type { ModelRequest } from '../model.ts';

const zeroKey = { low0: 0, high0: 0, low1: 0, high1: 0 };

/** Most requests are a few hundred numbers: those need no memory of their own. */
const shared = new Float64Array(1024);

/**
 * Numbers are hashed by their bits, which costs a tenth of writing them out; all else (names, datatypes, shapes, texts, and where they
 * stand) makes the key that the numbers are hashed under. −0 asks the same as 0.
 */
export function fingerprintOf({ inputs }: ModelRequest): string {
  const most = inputs.reduce((total, { data }) => total + data.length, 0);
  const numbers = most <= shared.length ? shared : new Float64Array(most);
  let count = 0;
  let rest = '';
  for (const { name, datatype, shape, data } of inputs) {
    rest += `${name}\u0000${datatype}\u0000${shape.join('x')}\u0002`;
    for (let index = 0; index < data.length; index++) {
      const value = data[index];
      if (typeof value === 'number') numbers[count++] = Number.isNaN(value) ? Number.NaN : value + 0;
      else rest += `${index}\u0000${typeof value}\u0000${value}\u0001`;
    }
  }
  const of = sipHash24(zeroKey, rest);
  const key = { low0: of.low, high0: of.high, low1: rest.length, high1: count };
  const { low, high } = sipHash24Bytes(key, new Uint8Array(numbers.buffer, 0, 8 * count));
  return `${high.toString(16)}.${low.toString(16)}.${rest.length}.${count}`;
}
