// The traps of the wire, each by its name: what parsers that were not written for inference get wrong.
// Sources: TensorFlow Serving "RESTful API"; Open Inference Protocol v2 with its binary tensor data extension; KServe's v1 protocol.
import { describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';
import type { Codec } from '../../../../src/io/ports.ts';
import type { ModelRequest, RequestMessage, Tensor } from '../../../../src/model.ts';

function codecOf(name: string): Codec {
  const kind = codecs.find((one) => one.name === name);
  if (kind === undefined) throw new Error(`no codec ${name}`);
  return kind.create({});
}

const tensorflow = codecOf('tensorflow-serving');
const openInference = codecOf('open-inference-v2');

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}): RequestMessage => ({
  method: 'POST',
  path,
  headers,
  body: Buffer.from(body),
});
const predict = (body: string): RequestMessage => post('/v1/models/m:predict', body);
const infer = (body: string | Buffer, headers?: Record<string, string>): RequestMessage =>
  post('/v2/models/m/infer', body, headers);
const answer = (codec: Codec, body: string) =>
  codec.decodeAnswer({ status: 200, headers: {}, body: Buffer.from(body) });
const textOf = ({ body }: { readonly body: Uint8Array }): string => Buffer.from(body).toString();

/** The same request with the first value of one tensor replaced. */
function withFirst(request: ModelRequest, name: string, value: Tensor['data'][number]): ModelRequest {
  return {
    ...request,
    inputs: request.inputs.map((one) => (one.name === name ? { ...one, data: [value, ...one.data.slice(1)] } : one)),
  };
}

describe('NaN and Infinity tokens, which are legal in TensorFlow Serving and no JSON', () => {
  const body = '{"instances": [NaN, Infinity, -Infinity, 1]}';

  it('are read as numbers, in requests and in answers', () => {
    expect(tensorflow.decodeRequest(predict(body)).inputs[0]?.data).toEqual([NaN, Infinity, -Infinity, 1]);
    expect(answer(tensorflow, '{"predictions": [[NaN, -Infinity]]}').outputs[0]?.data).toEqual([NaN, -Infinity]);
  });

  it('are written again when something else changed', () => {
    const request = tensorflow.decodeRequest(predict('{"inputs": {"a": [NaN], "b": [1]}}'));
    expect(
      textOf(tensorflow.encodeRequest(withFirst(request, 'b', 2), predict('{"inputs": {"a": [NaN], "b": [1]}}'))),
    ).toBe('{"inputs":{"a":[NaN],"b":[2]}}');
  });

  it.each(['seldon-v1', 'mlflow'])('do not break %s either', (name) => {
    const message =
      name === 'mlflow'
        ? post('/invocations', '{"inputs":[NaN]}')
        : post('/api/v1.0/predictions', '{"data":{"ndarray":[NaN]}}');
    expect(codecOf(name).decodeRequest(message).inputs[0]?.data).toEqual([NaN]);
  });
});

describe('whole numbers beyond 2^53', () => {
  it('keep every digit through TensorFlow Serving', () => {
    const message = predict('{"instances":[{"id":9223372036854775807,"x":1}]}');
    const request = tensorflow.decodeRequest(message);
    expect(request.inputs[0]).toMatchObject({ datatype: 'INT64', data: [9223372036854775807n] });
    expect(textOf(tensorflow.encodeRequest(withFirst(request, 'x', 2), message))).toBe(
      '{"instances":[{"id":9223372036854775807,"x":2}]}',
    );
  });

  it('keep every digit through the Open Inference Protocol', () => {
    const message = infer('{"inputs":[{"name":"id","datatype":"UINT64","shape":[1],"data":[18446744073709551615]}]}');
    const request = openInference.decodeRequest(message);
    expect(request.inputs[0]?.data).toEqual([18446744073709551615n]);
    expect(textOf(openInference.encodeRequest(request, message))).toContain('18446744073709551615');
  });
});

describe('flat and nested tensors', () => {
  it.each(['[1,2,3,4]', '[[1,2],[3,4]]'])('are the same tensor: %s', (data) => {
    const message = infer(`{"inputs":[{"name":"x","datatype":"FP32","shape":[2,2],"data":${data}}]}`);
    expect(openInference.decodeRequest(message).inputs[0]).toMatchObject({ shape: [2, 2], data: [1, 2, 3, 4] });
  });

  it('are the same output', () => {
    const outputs = ['[0.1,0.9]', '[[0.1,0.9]]'].map(
      (data) =>
        answer(openInference, `{"outputs":[{"name":"p","datatype":"FP32","shape":[1,2],"data":${data}}]}`).outputs,
    );
    expect(outputs[0]).toEqual(outputs[1]);
  });
});

describe('bytes in base64', () => {
  const bytes = '/+8AAQ==';

  it.each(['image_bytes', 'image'])('stay as they are beside a change, in an input called %s', (name) => {
    const message = predict(`{"instances":[{"${name}":{"b64":"${bytes}"},"x":1},{"${name}":{"b64":""},"x":2}]}`);
    const request = tensorflow.decodeRequest(message);
    expect(request.inputs[0]).toMatchObject({ name, datatype: 'BYTES', shape: [2] });
    expect(textOf(tensorflow.encodeRequest(withFirst(request, 'x', 0), message))).toBe(
      `{"instances":[{"${name}":{"b64":"${bytes}"},"x":0},{"${name}":{"b64":""},"x":2}]}`,
    );
  });

  it('come back as bytes when they are what was changed', () => {
    const message = predict(`{"instances":[{"b64":"${bytes}"},{"b64":"AA=="}]}`);
    const request = tensorflow.decodeRequest(message);
    const [first] = request.inputs;
    const swapped = { ...request, inputs: [{ ...(first as Tensor), data: [...(first as Tensor).data].reverse() }] };
    expect(textOf(tensorflow.encodeRequest(swapped, message))).toBe(
      `{"instances":[{"b64":"AA=="},{"b64":"${bytes}"}]}`,
    );
  });

  it('are the same output when they are the same bytes', () => {
    const [one, other] = [bytes, bytes].map((text) =>
      answer(tensorflow, `{"predictions":[{"mask_bytes":{"b64":"${text}"}}]}`),
    );
    expect(one?.outputs).toEqual(other?.outputs);
    expect(one?.outputs[0]?.name).toBe('mask_bytes');
  });
});

describe('the two lengths of a binary message', () => {
  const json = '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}';
  const message = infer(Buffer.concat([Buffer.from(json), Buffer.alloc(8)]), {
    'content-length': String(json.length + 8),
    'inference-header-content-length': String(json.length),
  });

  it('are both true again after a mutation that makes the JSON longer and the tensor shorter', () => {
    const request = openInference.decodeRequest(message);
    const inputs = request.inputs.map((one) => ({ ...one, shape: [1, 1], data: [7] }));
    const changed = openInference.encodeRequest({ ...request, id: 'a-longer-request', inputs }, message);
    // Whoever sends it states the whole length; the old one must not survive.
    expect(changed.headers).not.toHaveProperty('content-length');
    const stated = Number(changed.headers['inference-header-content-length']);
    const head = JSON.parse(textOf(changed).slice(0, stated)) as { inputs: { parameters: object }[] };
    expect(head.inputs[0]?.parameters).toEqual({ binary_data_size: 4 });
    expect(changed.body.length - stated).toBe(4);
    expect(openInference.decodeRequest(changed).inputs[0]?.data).toEqual([7]);
  });
});

describe('answers of TensorFlow Serving that look unlike', () => {
  it('one named output has no name, several have theirs', () => {
    expect(answer(tensorflow, '{"predictions":[[0.1]]}').outputs.map(({ name }) => name)).toEqual(['predictions']);
    expect(answer(tensorflow, '{"predictions":[{"p":[0.1],"c":"a"}]}').outputs.map(({ name }) => name)).toEqual([
      'p',
      'c',
    ]);
  });

  it.each(['result', 'results'])('a regression says %s', (member) => {
    expect(answer(tensorflow, `{"${member}":[1.5,2]}`).outputs).toEqual([
      { name: 'predictions', datatype: 'FP64', shape: [2], data: [1.5, 2] },
    ]);
  });

  it('a classification says labels with scores, in any order', () => {
    const { outputs } = answer(tensorflow, '{"result":[[["cat",0.7],["dog",0.3]],[["dog",0.9],["cat",0.1]]]}');
    expect(outputs.map(({ name, shape, data }) => [name, shape, data])).toEqual([
      ['classes', [2, 2], ['cat', 'dog', 'dog', 'cat']],
      ['scores', [2, 2], [0.7, 0.3, 0.9, 0.1]],
      ['label', [2], ['cat', 'dog']],
    ]);
  });

  it('the examples of a classification are rows of features, and their context stays', () => {
    const message = post('/v1/models/m:classify', '{"context":{"c":1},"examples":[{"x":1,"tag":"a"},{"x":2}]}');
    const request = tensorflow.decodeRequest(message);
    expect([tensorflow.rowsOf(request), request.inputs.map(({ name }) => name)]).toEqual([2, ['x', 'tag']]);
    expect(textOf(tensorflow.encodeRequest(withFirst(request, 'x', 5), message))).toBe(
      '{"context":{"c":1},"examples":[{"x":5,"tag":"a"},{"x":2}]}',
    );
  });
});

describe('members that are written as null, as KServe’s model server writes those that it does not use', () => {
  it('are absent in answers', () => {
    const body =
      '{"model_name":"m","model_version":"v1","id":null,"parameters":null,"outputs":[{"name":"p","shape":[1,2],"datatype":"FP64","parameters":null,"data":[0.25,0.75]}]}';
    expect(answer(openInference, body)).toEqual({
      modelName: 'm',
      modelVersion: 'v1',
      degraded: false,
      outputs: [{ name: 'p', datatype: 'FP64', shape: [1, 2], data: [0.25, 0.75] }],
    });
  });

  it('are absent in requests', () => {
    const body =
      '{"id":null,"parameters":null,"inputs":[{"name":"x","shape":[1],"datatype":"FP64","parameters":null,"data":[1]}],"outputs":null}';
    expect(openInference.decodeRequest(infer(body))).toEqual({
      inputs: [{ name: 'x', datatype: 'FP64', shape: [1], data: [1] }],
    });
  });
});
