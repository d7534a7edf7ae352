// The protocols that write plain JSON: their documented examples, what a change does to a message, and decisions read out of answers.
// Sources: TensorFlow Serving "RESTful API"; Seldon Core 1 "Prediction API"; MLflow "Deploy MLflow Model as a Local Inference Server".
import { describe, expect, it } from 'vitest';
import { predictAll } from '../../../../src/core/decide/index.ts';
import { codecs } from '../../../../src/io/codecs/index.ts';
import type { Codec } from '../../../../src/io/ports.ts';
import type { Decision, ModelRequest, RequestMessage, Tensor } from '../../../../src/model.ts';

function codecOf(name: string, options: Record<string, unknown> = {}): Codec {
  const kind = codecs.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no codec ${name}`);
  return kind.create(options);
}

const paths: Readonly<Record<string, string>> = {
  'tensorflow-serving': '/v1/models/m:predict',
  'seldon-v1': '/api/v1.0/predictions',
  mlflow: '/invocations',
  json: '/score',
};
const jsonOptions = {
  id: '/id',
  version: '/model/version',
  inputs: [
    { at: '/features/delay', type: 'number' },
    { at: '/features/count', type: 'integer' },
    { at: '/features/carrier', type: 'string' },
  ],
  outputs: ['/p', '/scores', '/rows/*/p'],
};

function asked(name: string, body: string): { codec: Codec; message: RequestMessage; request: ModelRequest } {
  const codec = codecOf(name, name === 'json' ? jsonOptions : {});
  const message = { method: 'POST', path: paths[name] ?? '/', headers: {}, body: Buffer.from(body) };
  return { codec, message, request: codec.decodeRequest(message) };
}

const brief = ({ name, datatype, shape, data }: Tensor) => [name, datatype, shape, data];
const answered = (name: string, body: string, options: Record<string, unknown> = jsonOptions) =>
  codecOf(name, name === 'json' ? options : {}).decodeAnswer({ status: 200, headers: {}, body: Buffer.from(body) });

/** The body after the first value of this tensor became another one. */
function changedBody(
  name: string,
  { body, tensor, value }: { body: string; tensor: string; value: number | string | null },
): string {
  const { codec, message, request } = asked(name, body);
  const inputs = request.inputs.map((one) =>
    one.name === tensor ? { ...one, data: [value, ...one.data.slice(1)] } : one,
  );
  return Buffer.from(codec.encodeRequest({ ...request, inputs }, message).body).toString();
}

describe('requests as they are documented', () => {
  it.each([
    ['tensorflow-serving', '{"instances":[1.0,2.0,5.0]}', [['instances', 'FP64', [3], [1, 2, 5]]]],
    [
      'tensorflow-serving',
      '{"instances":[{"tag":"foo","signal":[1,2],"sensor":[[1,2],[3,4]]},{"tag":"bar","signal":[3,4],"sensor":[[4,5],[6,8]]}]}',
      [
        ['tag', 'BYTES', [2], ['foo', 'bar']],
        ['signal', 'FP64', [2, 2], [1, 2, 3, 4]],
        ['sensor', 'FP64', [2, 2, 2], [1, 2, 3, 4, 4, 5, 6, 8]],
      ],
    ],
    [
      'tensorflow-serving',
      '{"inputs":{"tag":["foo"],"signal":[[1,2]]}}',
      [
        ['tag', 'BYTES', [1], ['foo']],
        ['signal', 'FP64', [1, 2], [1, 2]],
      ],
    ],
    ['tensorflow-serving', '{"inputs":[[1,2]]}', [['instances', 'FP64', [1, 2], [1, 2]]]],
    [
      'tensorflow-serving',
      '{"instances":[{"image":{"b64":"aW1hZ2U="},"caption":"sea"}]}',
      [
        ['image', 'BYTES', [1], ['data:;base64,aW1hZ2U=']],
        ['caption', 'BYTES', [1], ['sea']],
      ],
    ],
    [
      'tensorflow-serving',
      '{"instances":[NaN,Infinity,-Infinity]}',
      [['instances', 'FP64', [3], [Number.NaN, Infinity, -Infinity]]],
    ],
    ['tensorflow-serving', '{"instances":[9007199254740993,1]}', [['instances', 'INT64', [2], [9007199254740993n, 1]]]],
    ['tensorflow-serving', '{"instances":[[1],[2,3]]}', [['instances', 'BYTES', [2], ['[1]', '[2,3]']]]],
    [
      'seldon-v1',
      '{"data":{"names":["a","b"],"ndarray":[[1,"x"],[2,"y"]]}}',
      [
        ['a', 'FP64', [2], [1, 2]],
        ['b', 'BYTES', [2], ['x', 'y']],
      ],
    ],
    [
      'seldon-v1',
      '{"data":{"names":["a"],"tensor":{"shape":[1,2],"values":[0,1]}}}',
      [['data', 'FP64', [1, 2], [0, 1]]],
    ],
    ['seldon-v1', '{"strData":"hello"}', [['strData', 'BYTES', [], ['hello']]]],
    [
      'mlflow',
      '{"dataframe_split":{"columns":["a","b"],"index":[0],"data":[[1,true]]}}',
      [
        ['a', 'FP64', [1], [1]],
        ['b', 'BOOL', [1], [true]],
      ],
    ],
    [
      'mlflow',
      '{"dataframe_records":[{"a":1,"b":2},{"a":3}]}',
      [
        ['a', 'FP64', [2], [1, 3]],
        ['b', 'FP64', [2], [2, null]],
      ],
    ],
    ['mlflow', '{"inputs":[[1,2],[3,4],[5,6]]}', [['inputs', 'FP64', [3, 2], [1, 2, 3, 4, 5, 6]]]],
    [
      'json',
      '{"id":7,"features":{"delay":1,"count":2,"carrier":"UA","other":3}}',
      [
        ['/features/delay', 'FP64', [1], [1]],
        ['/features/count', 'INT64', [1], [2]],
        ['/features/carrier', 'BYTES', [1], ['UA']],
        ['(rest)', 'BYTES', [1], ['{"features":{"other":3}}']],
      ],
    ],
  ])('%s: %s', (name, body, tensors) => {
    const { codec, message, request } = asked(name, body);
    expect(request.inputs.map(brief)).toEqual(tensors);
    expect(codec.decodeRequest(codec.encodeRequest(request, message))).toEqual(request);
  });
});

describe('a change writes what was changed and keeps the rest', () => {
  it.each([
    [
      'tensorflow-serving',
      '{"signature_name":"s","instances":[{"x":1,"i":{"b64":"/w=="}}]}',
      'x',
      2,
      '{"signature_name":"s","instances":[{"x":2,"i":{"b64":"/w=="}}]}',
    ],
    ['tensorflow-serving', '{"instances":[1,2]}', 'instances', Number.NaN, '{"instances":[NaN,2]}'],
    ['tensorflow-serving', '{"inputs":{"a":[[1],[2,3]],"b":[1]}}', 'b', 5, '{"inputs":{"a":[[1],[2,3]],"b":[5]}}'],
    [
      'seldon-v1',
      '{"meta":{"puid":"p","tags":{"a":1}},"data":{"names":["a","b"],"ndarray":[[1,2]]}}',
      'b',
      3,
      '{"meta":{"tags":{"a":1},"puid":"p"},"data":{"names":["a","b"],"ndarray":[[1,3]]}}',
    ],
    [
      'seldon-v1',
      '{"data":{"tensor":{"shape":[1,2],"values":[1,2]}}}',
      'data',
      3,
      '{"data":{"tensor":{"shape":[1,2],"values":[3,2]}}}',
    ],
    ['seldon-v1', '{"data":{"ndarray":[[1,"x"]]}}', 'data', '2.5', '{"data":{"ndarray":[[2.5,"x"]]}}'],
    [
      'mlflow',
      '{"params":{"t":1},"dataframe_split":{"columns":["a"],"data":[[1]]}}',
      'a',
      null,
      '{"params":{"t":1},"dataframe_split":{"columns":["a"],"data":[[null]]}}',
    ],
    ['mlflow', '{"dataframe_records":[{"a":1},{"b":2}]}', 'a', 9, '{"dataframe_records":[{"a":9},{"b":2}]}'],
    [
      'json',
      '{"id":"r","features":{"delay":1,"x":[1,{"y":2}]}}',
      '/features/delay',
      0,
      '{"id":"r","features":{"delay":0,"x":[1,{"y":2}]}}',
    ],
  ])('%s: %s', (name, body, tensor, value, made) => {
    expect(changedBody(name, { body, tensor, value })).toBe(made);
  });

  it.each([
    [
      'mlflow',
      '{"dataframe_split":{"columns":["a","b"],"data":[[1,2]]}}',
      '{"dataframe_split":{"columns":["b"],"data":[[2]]}}',
    ],
    ['seldon-v1', '{"data":{"names":["a","b"],"ndarray":[[1,2]]}}', '{"data":{"names":["b"],"ndarray":[[2]]}}'],
    ['tensorflow-serving', '{"instances":[{"a":1,"b":2}]}', '{"instances":[{"b":2}]}'],
    ['json', '{"features":{"delay":1,"count":2}}', '{"features":{"count":2}}'],
  ])('%s without its first feature', (name, body, made) => {
    const { codec, message, request } = asked(name, body);
    const dropped = { ...request, inputs: request.inputs.slice(1) };
    expect(JSON.parse(Buffer.from(codec.encodeRequest(dropped, message).body).toString())).toEqual(JSON.parse(made));
  });
});

const base = { name: 'd', column: null, threshold: null, scale: null, material: null } as const;
const decisions: Readonly<Record<string, Decision>> = {
  binary: { ...base, output: '', kind: 'binary', threshold: 0.5 },
  classes: { ...base, output: '', kind: 'classes' },
  regression: { ...base, output: '', kind: 'regression', scale: [0, 10] },
  label: { ...base, output: '', kind: 'label' },
};

describe('decisions out of answers', () => {
  it.each([
    ['tensorflow-serving', '{"predictions":[0.8]}', 'binary', 'predictions', null, { label: 'true' }],
    ['tensorflow-serving', '{"predictions":[[0.2,0.8]]}', 'binary', 'predictions', 1, { scores: [0.8] }],
    ['tensorflow-serving', '{"outputs":[[0.2,0.8]]}', 'classes', 'predictions', null, { label: '1' }],
    [
      'tensorflow-serving',
      '{"predictions":[{"scores":[0.2,0.8],"class":"b"}]}',
      'label',
      'class',
      null,
      { label: 'b' },
    ],
    ['tensorflow-serving', '{"predictions":[2.5]}', 'regression', 'predictions', null, { value: 2.5 }],
    ['tensorflow-serving', '{"result":[[["no",0.2],["yes",0.8]]]}', 'classes', 'scores', null, { label: '1' }],
    ['tensorflow-serving', '{"result":[[["no",0.2],["yes",0.8]]]}', 'label', 'label', null, { label: 'yes' }],
    ['tensorflow-serving', '{"result":[2.5]}', 'regression', 'predictions', null, { value: 2.5 }],
    ['tensorflow-serving', '{"results":[2.5]}', 'regression', 'predictions', null, { value: 2.5 }],
    ['seldon-v1', '{"data":{"names":["t:0","t:1"],"ndarray":[[0.2,0.8]]}}', 'classes', 'data', null, { label: '1' }],
    [
      'seldon-v1',
      '{"data":{"names":["t:0","t:1"],"tensor":{"shape":[1,2],"values":[0.2,0.8]}}}',
      'binary',
      't:1',
      null,
      { scores: [0.8] },
    ],
    ['mlflow', '{"predictions":[3.5]}', 'regression', 'predictions', null, { value: 3.5 }],
    ['mlflow', '[1]', 'label', 'predictions', null, { label: '1' }],
    ['mlflow', '{"predictions":[{"p":0.8}]}', 'binary', 'p', null, { scores: [0.8] }],
    ['json', '{"p":0.8}', 'binary', '/p', null, { scores: [0.8] }],
    ['json', '{"scores":[0.2,0.8]}', 'classes', '/scores', null, { label: '1' }],
    ['json', '{"rows":[{"p":4}]}', 'regression', '/rows/*/p', null, { value: 4 }],
  ])('%s: %s as %s', (name, body, kind, output, column, prediction) => {
    const decision = { ...(decisions[kind] as Decision), output, column };
    expect(predictAll([decision], answered(name, body))).toMatchObject({ predictions: { d: prediction } });
  });

  it('versions stand where each protocol says them', () => {
    const seldon = '{"meta":{"requestPath":{"clf":"iris:0.2"}},"data":{"ndarray":[[1]]}}';
    expect(answered('seldon-v1', seldon)).toMatchObject({ modelName: 'clf', modelVersion: 'iris:0.2' });
    expect(answered('json', '{"p":1,"model":{"version":3}}').modelVersion).toBe('3');
    expect(answered('tensorflow-serving', '{"predictions":[1]}').modelVersion).toBeNull();
  });
});

describe('refusals', () => {
  it.each([
    ['tensorflow-serving', '{"instances":[1],"inputs":[1]}', 'either instances or inputs'],
    ['tensorflow-serving', '{"instances":1}', 'instances to be a list'],
    ['seldon-v1', '{"data":{"tftensor":{}}}', 'tftensor is not understood'],
    ['seldon-v1', '{"data":{"tensor":{"shape":[3],"values":[1]}}}', 'requires 3 values'],
    ['seldon-v1', '{"data":{"ndarray":[]},"strData":"x"}', 'exactly one of'],
    ['mlflow', '{"dataframe_split":{"columns":["a"],"data":[[1,2]]}}', 'rows of 1 values'],
    ['mlflow', '{"dataframe_split":{"columns":["a","a"],"data":[[1,2]]}}', 'every column name once'],
    ['mlflow', '{}', 'exactly one of dataframe_split'],
    ['json', '[1]', 'a JSON object'],
  ])('%s: %s', (name, body, why) => {
    expect(() => asked(name, body)).toThrow(
      expect.objectContaining({ code: 'REQUEST_UNDECODABLE', message: expect.stringContaining(why) }),
    );
  });

  it('an error is no answer, whatever its status', () => {
    expect(() => answered('tensorflow-serving', '{"error":"no"}')).toThrow('the server answered an error: no');
    expect(() => answered('seldon-v1', '{"status":{"status":"FAILURE","info":"no"}}')).toThrow('a failure: no');
  });
});

describe('paths and models', () => {
  it.each([
    ['tensorflow-serving', '/gw/v1/models/a%20b/labels/stable:predict?x=1', 'a b'],
    ['tensorflow-serving', '/v1/models/a/versions/3:classify', 'a'],
    ['tensorflow-serving', '/v1/models/a:regress', 'a'],
    ['seldon-v1', '/seldon/ns/dep/api/v1.0/predictions', 'dep'],
    ['seldon-v1', '/api/v0.1/predictions', 'seldon-v1'],
    ['mlflow', '/serving-endpoints/churn/invocations', 'churn'],
    ['mlflow', '/invocations', 'mlflow'],
  ])('%s %s is a call of %s', (name, path, model) => {
    const message = { method: 'POST', path, headers: {}, body: Buffer.alloc(0) };
    expect([codecOf(name).isInference(message), codecOf(name).modelOf(message)]).toEqual([true, model]);
  });

  it.each([
    ['tensorflow-serving', '/v1/models/m'],
    ['tensorflow-serving', '/v1/models/m:explain'],
    ['seldon-v1', '/api/v1.0/feedback'],
    ['mlflow', '/ping'],
  ])('%s %s is none', (name, path) => {
    expect(codecOf(name).isInference({ method: 'POST', path, headers: {}, body: Buffer.alloc(0) })).toBe(false);
  });

  it('of plain JSON are as the config says', () => {
    const codec = codecOf('json', { calls: ['POST /v*/score', 'PUT /x/**'], model: 'm' });
    const is = (method: string, path: string) =>
      codec.isInference({ method, path, headers: {}, body: Buffer.alloc(0) });
    expect([
      is('POST', '/v2/score?a=1'),
      is('PUT', '/x/y/z'),
      is('POST', '/v2/a/score'),
      is('GET', '/v2/score'),
    ]).toEqual([true, true, false, false]);
  });
});
