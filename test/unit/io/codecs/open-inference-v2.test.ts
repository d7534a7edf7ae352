// The Open Inference Protocol v2 codec: forms that real servers send, and every refusal in words.
import { describe, expect, it } from 'vitest';
import { PenumbraError } from '../../../../src/errors.ts';
import { openInferenceV2 } from '../../../../src/io/codecs/open-inference-v2.ts';
import type { RequestMessage } from '../../../../src/model.ts';

const codec = openInferenceV2.create({});

function requestOf(body: string, headers: Record<string, string> = {}): RequestMessage {
  return {
    method: 'POST',
    path: '/v2/models/m/infer',
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(body),
  };
}

function answerOf(body: string, status = 200) {
  return { status, headers: {}, body: Buffer.from(body) };
}

function tensorText(member: string): string {
  return `{"inputs":[{"name":"x",${member}}]}`;
}

function messageFrom(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof PenumbraError) return `${thrown.code}: ${thrown.message}`;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('which messages are inference calls', () => {
  it.each([
    ['/v2/models/flight-delay/infer', 'flight-delay'],
    ['/v2/models/flight-delay/versions/v1%2B3/infer?x=1', 'flight-delay'],
    ['/gateway/v2/models/a%20b/infer', 'a b'],
    ['/v2/models/100%/infer', '100%'],
  ])('%s is one', (path, model) => {
    const message = { ...requestOf('{}'), path };
    expect(codec.isInference(message)).toBe(true);
    expect(codec.modelOf(message)).toBe(model);
  });

  it.each(['/v2/models/m', '/v2/health/ready', '/v2/models/m/infer/x', '/v2/models//infer', '/v1/models/m:predict'])(
    '%s is none',
    (path) => {
      const message = { ...requestOf('{}'), path };
      expect(codec.isInference(message)).toBe(false);
      expect(messageFrom(() => codec.modelOf(message))).toContain('REQUEST_UNDECODABLE');
    },
  );

  it('a GET is none', () => expect(codec.isInference({ ...requestOf('{}'), method: 'GET' })).toBe(false));
});

describe('requests', () => {
  it('reads flat and nested data alike', () => {
    const flat = codec.decodeRequest(requestOf(tensorText('"shape":[2,3],"datatype":"FP32","data":[1,2,3,4,5,6]')));
    const nested = codec.decodeRequest(
      requestOf(tensorText('"shape":[2,3],"datatype":"FP32","data":[[1,2,3],[4,5,6]]')),
    );
    expect(flat.inputs[0]?.data).toEqual([1, 2, 3, 4, 5, 6]);
    expect(nested).toEqual(flat);
    expect(codec.rowsOf(flat)).toBe(2);
  });

  it('counts one row for scalars', () => {
    expect(codec.rowsOf(codec.decodeRequest(requestOf(tensorText('"shape":[],"datatype":"FP32","data":[1]'))))).toBe(1);
  });

  it.each([
    ['"shape":[3],"datatype":"FP32","data":[1,NaN,null]', [1, Number.NaN, null]],
    ['"shape":[2],"datatype":"INT64","data":[9223372036854775807,-1]', [9223372036854775807n, -1]],
    ['"shape":[1],"datatype":"UINT64","data":[18446744073709551615]', [18446744073709551615n]],
    ['"shape":[2],"datatype":"BOOL","data":[true,false]', [true, false]],
    ['"shape":[1],"datatype":"BYTES","data":["é"]', ['é']],
    ['"shape":[1],"datatype":"FP64","data":[9007199254740993]', [9007199254740992]],
    ['"shape":[0,3],"datatype":"INT8","data":[]', []],
  ])('keeps %s', (member, data) =>
    expect(codec.decodeRequest(requestOf(tensorText(member))).inputs[0]?.data).toEqual(data),
  );

  it.each([
    ['"shape":[1],"datatype":"FLOAT","data":[1]', 'tensor "x" requires a datatype of BOOL, UINT8, UINT16'],
    ['"shape":[2,2],"datatype":"FP32","data":[1,2,3]', 'tensor "x" requires 4 values for its shape [2, 2], not 3'],
    ['"shape":[2,2],"datatype":"FP32","data":[[1,2],[3]]', 'lists of 2 items at level 2 for its shape [2, 2], not 1'],
    [
      '"shape":[3,2],"datatype":"FP32","data":[[1,2,3],[4,5,6]]',
      'lists of 3 items at level 1 for its shape [3, 2], not 2',
    ],
    ['"shape":[4],"datatype":"FP32","data":[[1,2],[3,4]]', 'not 2'],
    ['"shape":[2,2],"datatype":"FP32","data":[[1,2],3]', 'flat, not mixed'],
    ['"shape":[-1],"datatype":"FP32","data":[1]', 'lengths of 0 or more'],
    ['"shape":[1e400],"datatype":"FP32","data":[1]', 'lengths of 0 or more'],
    ['"shape":[1],"datatype":"INT8","data":[128]', 'requires whole numbers from -128 to 127, not 128 at 0'],
    ['"shape":[1],"datatype":"UINT64","data":[18446744073709551616]', 'not 18446744073709551616 at 0'],
    ['"shape":[1],"datatype":"INT32","data":[1.5]', 'whole numbers'],
    ['"shape":[1],"datatype":"INT32","data":[null]', 'whole numbers'],
    [
      '"shape":[1],"datatype":"FP32","data":["1"]',
      'numbers, NaN, Infinity, -Infinity, or null for a missing one, not "1"',
    ],
    ['"shape":[1],"datatype":"BOOL","data":[1]', 'true or false, not 1'],
    ['"shape":[1],"datatype":"BYTES","data":[1]', 'strings, not 1'],
    ['"shape":[1],"datatype":"FP32"', 'requires data, a list'],
    ['"datatype":"FP32","data":[1]', 'requires a shape'],
    ['"shape":[1],"datatype":"FP32","data":[1],"parameters":[]', 'parameters to be an object'],
    [
      '"shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}',
      'tensor "x" has binary_data_size, which requires the header inference-header-content-length',
    ],
  ])('refuses %s', (member, message) => {
    const refusal = messageFrom(() => codec.decodeRequest(requestOf(tensorText(member))));
    expect(refusal).toContain('REQUEST_UNDECODABLE: ');
    expect(refusal).toContain(message);
  });

  it.each([
    ['{"inputs":{}}', 'a list "inputs"'],
    ['{"inputs":[1]}', 'inputs[0] requires an object'],
    ['{"inputs":[{"shape":[1],"datatype":"FP32","data":[1]}]}', 'inputs[0] requires a name'],
    ['{"id":7,"inputs":[]}', 'id to be a string'],
    ['{"inputs":[],"outputs":["y"]}', 'outputs to be a list of objects with a name'],
    ['{"inputs":[],"parameters":3}', 'parameters to be an object'],
    ['[]', 'a JSON object'],
    ['{"inputs":', 'JSON requires a value'],
    ['', 'JSON requires a value'],
  ])('refuses the message %s', (body, message) => {
    expect(messageFrom(() => codec.decodeRequest(requestOf(body)))).toContain(message);
  });

  it('refuses a tensor name that stands twice', () => {
    const x = '{"name":"x","shape":[1],"datatype":"FP32","data":[1]}';
    expect(messageFrom(() => codec.decodeRequest(requestOf(`{"inputs":[${x},${x}]}`)))).toContain('"x" stands twice');
  });

  it('takes identity for no encoding', () => {
    expect(codec.decodeRequest(requestOf('{"inputs":[]}', { 'content-encoding': 'identity' }))).toEqual({ inputs: [] });
  });
});

describe('encoding a changed request', () => {
  const original = requestOf(
    '{"id":"7","extra":{"big":9007199254740993},"parameters":{"p":1},"outputs":[{"name":"y"}],' +
      '"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","hint":"kept","parameters":{"q":true},"data":[[1,2],[3,4]]},' +
      '{"name":"k","shape":[2],"datatype":"BYTES","data":["a","b"]}]}',
    { 'content-length': '999', 'transfer-encoding': 'chunked', 'x-request-id': 'r' },
  );

  it('changes the data and nothing else', () => {
    const request = codec.decodeRequest(original);
    const inputs = request.inputs.map((tensor) =>
      tensor.name === 'x' ? { ...tensor, data: [0, 2, 0, Number.NaN] } : tensor,
    );
    const encoded = codec.encodeRequest({ ...request, inputs }, original);
    expect(Buffer.from(encoded.body).toString()).toBe(
      '{"id":"7","extra":{"big":9007199254740993},"parameters":{"p":1},"outputs":[{"name":"y"}],' +
        '"inputs":[{"name":"x","shape":[2,2],"datatype":"FP32","hint":"kept","parameters":{"q":true},"data":[[0,2],[0,NaN]]},' +
        '{"name":"k","shape":[2],"datatype":"BYTES","data":["a","b"]}]}',
    );
    expect(encoded.headers).toEqual({ 'content-type': 'application/json', 'x-request-id': 'r' });
    expect(encoded.path).toBe(original.path);
  });

  it('drops an input that was taken out', () => {
    const request = codec.decodeRequest(original);
    const encoded = codec.encodeRequest({ ...request, inputs: request.inputs.slice(1) }, original);
    expect(codec.decodeRequest(encoded).inputs.map((input) => input.name)).toEqual(['k']);
  });
});

describe('answers', () => {
  const output = '{"name":"y","shape":[1,2],"datatype":"FP32","data":[0.25,0.75]}';

  it('reads name, version and outputs', () => {
    expect(
      codec.decodeAnswer(answerOf(`{"model_name":"m","model_version":"v1","id":"1","outputs":[${output}]}`)),
    ).toEqual({
      modelName: 'm',
      modelVersion: 'v1',
      degraded: false,
      outputs: [{ name: 'y', shape: [1, 2], datatype: 'FP32', data: [0.25, 0.75] }],
    });
  });

  it("does without name and version, as the specification's own examples do", () => {
    expect(codec.decodeAnswer(answerOf(`{"outputs":[${output}]}`))).toMatchObject({
      modelName: null,
      modelVersion: null,
    });
    expect(codec.decodeAnswer(answerOf(`{"model_version":3,"outputs":[${output}]}`)).modelVersion).toBe('3');
  });

  it.each([
    ['{"degraded":true}', true],
    ['{"degraded":"true"}', false],
    ['{}', false],
    ['[]', false],
  ])('parameters %s means degraded %s', (parameters, degraded) => {
    expect(codec.decodeAnswer(answerOf(`{"parameters":${parameters},"outputs":[]}`)).degraded).toBe(degraded);
  });

  it.each([
    [answerOf('{"error":"no"}', 503), 'a 2xx status, not 503'],
    [answerOf('{"outputs":[]}', 302), 'a 2xx status, not 302'],
    [answerOf(''), 'JSON requires a value'],
    [answerOf('{}'), 'a list "outputs"'],
    [answerOf('<html>'), 'JSON requires a value'],
  ])('refuses %o', (message, refusal) => {
    const found = messageFrom(() => codec.decodeAnswer(message));
    expect(found).toContain('ANSWER_UNDECODABLE: ');
    expect(found).toContain(refusal);
  });
});
