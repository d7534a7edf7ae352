// Laws of every codec that the index exports: what it encodes it decodes to the same, and garbage gives a coded error only.
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PenumbraError } from '../../src/errors.ts';
import { codecs } from '../../src/io/codecs/index.ts';
import type { Datatype, ModelRequest, RequestMessage, Tensor, TensorValue } from '../../src/model.ts';

type Values = Readonly<Partial<Record<Datatype, fc.Arbitrary<TensorValue>>>>;

/** One inference call, and what its form can carry. */
interface Sample {
  readonly says: string;
  readonly message: RequestMessage;
  readonly options?: Record<string, unknown>;
  /** The tensor whose values are replaced. */
  readonly tensor: string;
  readonly values: Values;
  readonly shapes: fc.Arbitrary<number[]>;
  /** Whether a request can name itself. */
  readonly hasId?: boolean;
}

function post(path: string, body: string | Buffer, headers: Record<string, string> = {}): RequestMessage {
  const bytes = Buffer.from(body);
  const all = { 'content-type': 'application/json', 'content-length': String(bytes.length), ...headers };
  return { method: 'POST', path, headers: all, body: bytes };
}

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

/** As bytes, a number has the precision of its datatype, and a missing one is NaN. */
const binaryValues: Values = {
  ...values,
  FP16: fc.oneof(
    fc.integer({ min: -2048, max: 2048 }).map((steps) => steps * 2 ** -10 + 0),
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0, 65504, 2 ** -24),
  ),
  FP32: fc.float(),
  FP64: fc.double(),
};
/** Without declared datatypes numbers are FP64; a whole number beyond 2^53 would be read as an integer. */
const jsonValues: Values = {
  FP64: fc.oneof(
    fc.double().filter((value) => !Number.isInteger(value) || Number.isSafeInteger(value)),
    fc.constant(null),
  ),
  INT64: fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
  BOOL: fc.boolean(),
  BYTES: fc.string({ unit: 'grapheme' }),
};

const anyShape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 });
/** At least one row, and nothing empty: an empty list has no type. */
const rowShape = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 });
const columnShape = fc.integer({ min: 1, max: 5 }).map((rows) => [rows]);
const oneRow = fc.oneof(
  fc.constant<number[]>([1]),
  fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 2 }).map((rest) => [1, ...rest]),
);

const binaryJson = '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}';
const tfPath = '/v1/models/m/versions/3:predict';
const seldonPath = '/seldon/ns/dep/api/v1.0/predictions';
const json = { values: jsonValues, shapes: rowShape };
const pointers = { calls: ['POST /score'], id: '/id', inputs: [{ at: '/features/a', type: 'number' }] };

/** Inference calls by codec; a codec without one fails below. */
const samples: Readonly<Record<string, readonly Sample[]>> = {
  'open-inference-v2': [
    {
      says: 'JSON',
      message: post(
        '/v2/models/m/infer',
        '{"id":"a","unknown":[1],"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[[1,2]]}]}',
      ),
      tensor: 'x',
      values,
      shapes: anyShape,
      hasId: true,
    },
    {
      says: 'binary',
      message: post('/v2/models/m/infer', Buffer.concat([Buffer.from(binaryJson), Buffer.alloc(8, 1)]), {
        'inference-header-content-length': String(binaryJson.length),
      }),
      tensor: 'x',
      values: binaryValues,
      shapes: anyShape,
      hasId: true,
    },
  ],
  'tensorflow-serving': [
    { says: 'instances', message: post(tfPath, '{"instances":[[1,NaN],[2,3]]}'), tensor: 'instances', ...json },
    { says: 'named instances', message: post(tfPath, '{"instances":[{"x":1},{"x":2}]}'), tensor: 'x', ...json },
    { says: 'inputs', message: post(tfPath, '{"inputs":[[1,2]]}'), tensor: 'instances', ...json },
    { says: 'named inputs', message: post(tfPath, '{"inputs":{"x":[1,2]}}'), tensor: 'x', ...json },
    {
      says: 'examples',
      message: post('/v1/models/m:classify', '{"context":{"c":1},"examples":[{"x":1},{"x":2}]}'),
      tensor: 'x',
      ...json,
    },
  ],
  'seldon-v1': [
    { says: 'ndarray', message: post(seldonPath, '{"data":{"ndarray":[[1,2]]}}'), tensor: 'data', ...json },
    {
      says: 'tensor',
      message: post(seldonPath, '{"data":{"tensor":{"shape":[1,2],"values":[1,2]}}}'),
      tensor: 'data',
      hasId: true,
      ...json,
    },
    {
      says: 'names',
      message: post(seldonPath, '{"data":{"names":["x"],"ndarray":[[1],[2]]}}'),
      tensor: 'x',
      values: jsonValues,
      shapes: columnShape,
    },
    { says: 'jsonData', message: post(seldonPath, '{"jsonData":{"x":1}}'), tensor: 'x', ...json },
  ],
  mlflow: [
    {
      says: 'dataframe_split',
      message: post('/invocations', '{"dataframe_split":{"columns":["x"],"data":[[1],[2]]}}'),
      tensor: 'x',
      ...json,
    },
    {
      says: 'dataframe_records',
      message: post('/invocations', '{"dataframe_records":[{"x":1}]}'),
      tensor: 'x',
      values: { ...jsonValues, FP64: fc.double({ noNaN: true, max: 1e15, min: -1e15 }) },
      shapes: rowShape,
    },
    { says: 'inputs', message: post('/invocations', '{"inputs":{"x":[1,2]}}'), tensor: 'x', ...json },
    { says: 'instances', message: post('/invocations', '{"instances":[1,2]}'), tensor: 'inputs', ...json },
  ],
  json: [
    {
      says: 'one row',
      message: post('/score', '{"features":{"a":1}}'),
      options: pointers,
      tensor: '/features/a',
      values: jsonValues,
      shapes: oneRow,
      hasId: true,
    },
    {
      says: 'many rows',
      message: post('/score', '{"rows":[{"a":1},{"a":2}]}'),
      options: { inputs: [{ at: '/rows/*/a', type: 'number' }] },
      tensor: '/rows/*/a',
      values: jsonValues,
      // A row of its own belongs to the message's list; a change never makes more of them.
      shapes: fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }).map((rest) => [2, ...rest]),
    },
  ],
};

function tensors({ tensor, values: carried, shapes }: Sample): fc.Arbitrary<Tensor> {
  const datatypes = Object.keys(carried) as Datatype[];
  return fc.tuple(fc.constantFrom(...datatypes), shapes).chain(([datatype, shape]) => {
    const length = shape.reduce((product, axis) => product * axis, 1);
    return fc
      .array(carried[datatype] as fc.Arbitrary<TensorValue>, { minLength: length, maxLength: length })
      .filter(
        (data) =>
          data.length === 0 || carried === values || data.some((value) => value !== null) || datatype === 'FP64',
      )
      .map((data) => ({ name: tensor, datatype, shape, data }));
  });
}

it('every codec has a sample here', () => {
  expect(Object.keys(samples)).toEqual(codecs.map(({ name }) => name));
});

const cases = codecs.flatMap((kind) =>
  (samples[kind.name] ?? []).map((sample) => ({ ...sample, kind, name: kind.name })),
);

describe.each(cases)('codec $name, $says', (sample) => {
  const { kind, message, hasId = false, options = {} } = sample;
  const codec = kind.create(options);

  it('knows its sample as an inference call, and states what it is', () => {
    expect(codec.isInference(message)).toBe(true);
    expect(codec.isInference({ ...message, method: 'GET' })).toBe(false);
    expect(codec.modelOf(message)).not.toBe('');
    expect(codec.name).toBe(kind.name);
    expect(kind.summary).not.toBe('');
    const request = codec.decodeRequest(message);
    expect(request.inputs.map(({ name }) => name)).toContain(sample.tensor);
    expect(codec.rowsOf(request)).toBe(request.inputs[0]?.shape[0] ?? 1);
  });

  it('decodes what it encodes, whatever the datatype', () => {
    const ids = hasId ? fc.option(fc.string({ minLength: 1 }), { nil: undefined }) : fc.constant(undefined);
    fc.assert(
      fc.property(tensors(sample), ids, (tensor, id) => {
        const request: ModelRequest = { inputs: [tensor], ...(id === undefined ? {} : { id }) };
        expect(codec.decodeRequest(codec.encodeRequest(request, message))).toEqual(request);
      }),
      { numRuns: 300 },
    );
  });

  it('re-encodes its own sample without changing what it says, and leaves the sample as it is', () => {
    const before = Buffer.from(message.body);
    const request = codec.decodeRequest(message);
    const again = codec.encodeRequest(request, message);
    expect(codec.decodeRequest(again)).toEqual(request);
    expect(again.headers).not.toHaveProperty('content-length');
    expect(Buffer.compare(before, message.body)).toBe(0);
    expect(again).toMatchObject({ method: message.method, path: message.path });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
  ] as const)('reads the same behind %s, and sends a changed copy plain', (encoding, compress) => {
    const headers = { ...message.headers, 'content-encoding': encoding };
    const packed = { ...message, headers, body: compress(message.body) };
    const request = codec.decodeRequest(packed);
    expect(request).toEqual(codec.decodeRequest(message));
    const again = codec.encodeRequest(request, packed);
    expect(again.headers).not.toHaveProperty('content-encoding');
    expect(codec.decodeRequest(again)).toEqual(request);
    expect(() => codec.decodeRequest({ ...packed, body: message.body })).toThrow(PenumbraError);
  });

  it('answers garbage with a coded error only', () => {
    const damaged = fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 4 })).map(([at, bytes]) => {
      const cut = at % message.body.length;
      return Buffer.concat([message.body.subarray(0, cut), bytes, message.body.subarray(cut + bytes.length)]);
    });
    const headers = fc.record(
      {
        'content-encoding': fc.constantFrom('gzip', 'deflate', 'br', 'gzip, gzip, gzip', ''),
        'inference-header-content-length': fc.oneof(fc.nat({ max: 200 }).map(String), fc.string()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), damaged, hostileJson()), headers, (body, changed) => {
        const hostile = { ...message, headers: { ...message.headers, ...changed }, body };
        expectOnly('REQUEST_UNDECODABLE', () => codec.encodeRequest(codec.decodeRequest(hostile), hostile));
        expectOnly('ANSWER_UNDECODABLE', () => codec.decodeAnswer({ status: 200, headers: changed, body }));
      }),
      { numRuns: 500 },
    );
  });

  it.each([100, 204, 301, 404, 500])('does not take status %i for an answer it can read', (status) => {
    expect(() => codec.decodeAnswer({ status, headers: {}, body: Buffer.alloc(0) })).toThrow(PenumbraError);
  });
});

/** Well-formed JSON with the members that codecs look for, and anything in them. */
function hostileJson(): fc.Arbitrary<Buffer> {
  const inner = fc.jsonValue({ maxDepth: 4 });
  const names =
    'inputs outputs instances predictions data ndarray tensor shape values names jsonData dataframe_split columns rows features';
  return fc
    .dictionary(
      fc.constantFrom(...names.split(' ')),
      fc.oneof(inner, fc.dictionary(fc.constantFrom(...names.split(' ')), inner)),
    )
    .map((members) => Buffer.from(JSON.stringify(members)));
}

function expectOnly(code: string, run: () => unknown): void {
  try {
    run();
  } catch (thrown) {
    expect(thrown).toMatchObject({ name: 'PenumbraError', code });
  }
}
