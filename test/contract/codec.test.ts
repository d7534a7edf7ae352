// Laws of every codec that the index exports: what it encodes it decodes to the same, and garbage gives a coded error only.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PenumbraError } from '../../src/errors.ts';
import { codecs } from '../../src/io/codecs/index.ts';
import type { Datatype, ModelRequest, RequestMessage, Tensor, TensorValue } from '../../src/model.ts';

/** One inference call per codec; a codec without one fails below. */
const samples: Readonly<Record<string, RequestMessage>> = {
  'open-inference-v2': {
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: { 'content-type': 'application/json', 'content-length': '120' },
    body: Buffer.from(
      '{"id":"a","unknown":[1],"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,2]]}]}',
    ),
  },
};

const float = fc.oneof(fc.double(), fc.constant(null));
const integer = (bits: number, isSigned: boolean): fc.Arbitrary<TensorValue> => {
  const min = isSigned ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = isSigned ? 2n ** BigInt(bits - 1) - 1n : 2n ** BigInt(bits) - 1n;
  return fc.bigInt({ min, max }).map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
};
const values: Readonly<Record<Datatype, fc.Arbitrary<TensorValue>>> = {
  BOOL: fc.boolean(),
  UINT8: integer(8, false),
  UINT16: integer(16, false),
  UINT32: integer(32, false),
  UINT64: integer(64, false),
  INT8: integer(8, true),
  INT16: integer(16, true),
  INT32: integer(32, true),
  INT64: integer(64, true),
  FP16: float,
  FP32: float,
  FP64: float,
  BYTES: fc.string({ unit: 'grapheme' }),
};

const shapes = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });

function tensors(datatype: Datatype): fc.Arbitrary<Tensor> {
  return shapes.chain((shape) => {
    const length = shape.reduce((product, axis) => product * axis, 1);
    return fc
      .array(values[datatype], { minLength: length, maxLength: length })
      .map((data) => ({ name: 'x', datatype, shape, data }));
  });
}

describe.each(codecs)('codec $name', (kind) => {
  const codec = kind.create({});
  const sample = samples[kind.name] as RequestMessage;

  it('has a sample here, knows it as an inference call, and states what it is', () => {
    expect(sample).toBeDefined();
    expect(codec.isInference(sample)).toBe(true);
    expect(codec.modelOf(sample)).not.toBe('');
    expect(codec.name).toBe(kind.name);
    expect(kind.summary).not.toBe('');
  });

  it.each(Object.keys(values) as Datatype[])('decodes what it encodes: %s', (datatype) => {
    fc.assert(
      fc.property(tensors(datatype), fc.option(fc.string(), { nil: undefined }), (tensor, id) => {
        const request: ModelRequest = { inputs: [tensor], ...(id === undefined ? {} : { id }) };
        expect(codec.decodeRequest(codec.encodeRequest(request, sample))).toEqual(request);
      }),
    );
  });

  it('re-encodes its own sample without changing what it says', () => {
    const request = codec.decodeRequest(sample);
    const again = codec.encodeRequest(request, sample);
    expect(codec.decodeRequest(again)).toEqual(request);
    expect(again.headers).not.toHaveProperty('content-length');
  });

  it('answers garbage with a coded error only', () => {
    const damaged = fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([at, bytes]) => {
      const cut = at % sample.body.length;
      return Buffer.concat([sample.body.subarray(0, cut), bytes, sample.body.subarray(cut + bytes.length)]);
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged), (body) => {
        expectOnly('REQUEST_UNDECODABLE', () => codec.decodeRequest({ ...sample, body }));
        expectOnly('ANSWER_UNDECODABLE', () => codec.decodeAnswer({ status: 200, headers: {}, body }));
      }),
      { numRuns: 500 },
    );
  });

  it.each([100, 204, 301, 404, 500])('does not take status %i for an answer it can read', (status) => {
    expect(() => codec.decodeAnswer({ status, headers: {}, body: Buffer.alloc(0) })).toThrow(PenumbraError);
  });
});

function expectOnly(code: string, run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'PenumbraError', code });
  }
}
