// The binary tensor data extension: the documented example byte by byte, both length headers after a change, and every refusal.
// Source: NVIDIA Triton Inference Server documentation, "Binary Tensor Data Extension" (request with input0 and input1, answer output0).
import { afterEach, describe, expect, it } from 'vitest';
import { halfToNumber, numberToHalf } from '../../../../src/io/codecs/open-inference-v2/half-float.ts';
import { openInferenceV2 } from '../../../../src/io/codecs/open-inference-v2.ts';
import type { RequestMessage } from '../../../../src/model.ts';
import { answering } from '../../../support/evil-server.ts';
import { closeAll, serverWith, targetAt } from '../../../support/http-target.ts';
import { callWith, goodAnswer } from '../../../support/target-call.ts';

afterEach(closeAll);
const codec = openInferenceV2.create({});

function binary(json: unknown, ...tail: readonly (readonly number[])[]): RequestMessage {
  const head = Buffer.from(JSON.stringify(json));
  return {
    method: 'POST',
    path: '/v2/models/mymodel/infer',
    headers: { 'content-type': 'application/octet-stream', 'inference-header-content-length': String(head.length) },
    body: Buffer.concat([head, ...tail.map((bytes) => Buffer.from(bytes))]),
  };
}

const input = (name: string, datatype: string, shape: readonly number[], size: unknown) => ({
  name,
  datatype,
  shape,
  parameters: { binary_data_size: size },
});
const documented = {
  model_name: 'mymodel',
  inputs: [input('input0', 'UINT32', [2, 2], 16), input('input1', 'BOOL', [3], 3)],
  outputs: [{ name: 'output0', parameters: { binary_data: true } }],
};
const sixteen = [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 1, 0, 0];
const example = binary(documented, sixteen, [1, 0, 1]);

describe('the documented request', () => {
  it('holds its tensors, and asks for binary outputs', () => {
    expect(codec.decodeRequest(example)).toEqual({
      inputs: [
        { name: 'input0', datatype: 'UINT32', shape: [2, 2], data: [1, 2, 3, 260] },
        { name: 'input1', datatype: 'BOOL', shape: [3], data: [true, false, true] },
      ],
      outputs: documented.outputs,
    });
  });

  it('is the same bytes again when nothing was changed', () => {
    const again = codec.encodeRequest(codec.decodeRequest(example), example);
    expect(codec.decodeRequest(again)).toEqual(codec.decodeRequest(example));
    expect(again.body.subarray(-19)).toEqual(Buffer.from([...sixteen, 1, 0, 1]));
    expect(JSON.parse(Buffer.from(again.body.subarray(0, -19)).toString())).toEqual(documented);
  });

  it('keeps binary_data_output of the whole request', () => {
    const asking = binary({ parameters: { binary_data_output: true }, inputs: [input('x', 'INT8', [1], 1)] }, [255]);
    const request = codec.decodeRequest(asking);
    expect([request.parameters, request.inputs[0]?.data]).toEqual([{ binary_data_output: true }, [-1]]);
    expect(codec.decodeRequest(codec.encodeRequest(request, asking))).toEqual(request);
  });
});

describe('trap: both length headers are rewritten after a change', () => {
  it('on the wire, when an element of BYTES became longer', async () => {
    const message = binary(
      { inputs: [input('x', 'BYTES', [2], 10), { name: 'y', datatype: 'INT64', shape: [1], data: [7] }] },
      [1, 0, 0, 0, 97, 1, 0, 0, 0, 98],
    );
    const request = codec.decodeRequest(message);
    expect(request.inputs.map(({ data }) => data)).toEqual([['a', 'b'], [7]]);
    const [x, y] = request.inputs;
    const changed = { ...request, inputs: [{ ...x, data: ['a', `${'longer'.repeat(20)} é`] }, y] } as typeof request;
    const server = await serverWith(answering(200, goodAnswer));
    const reply = await targetAt(server.url).call(callWith({ message, request: changed, perturbed: true }));
    expect(reply.status).toBe('ok');
    const [head = '', body = ''] = server.received().split('\r\n\r\n');
    const json = body.slice(0, body.indexOf('}]}') + 3);
    expect(head).toContain(`inference-header-content-length: ${json.length}`);
    expect(head).toContain(`content-length: ${json.length + 5 + 4 + 123}`);
    expect(head).toContain('content-type: application/octet-stream');
    expect(JSON.parse(json).inputs[0].parameters).toEqual({ binary_data_size: 132 });
  });

  it('an unchanged one travels verbatim with its header', async () => {
    const server = await serverWith(answering(200, goodAnswer));
    await targetAt(server.url).call(callWith({ message: example, request: codec.decodeRequest(example) }));
    expect(server.received()).toContain(
      `inference-header-content-length: ${example.headers['inference-header-content-length']}`,
    );
  });

  it('a missing whole number has no binary form and goes into the JSON, without the header when nothing binary is left', () => {
    const request = codec.decodeRequest(example);
    const nulled = {
      ...request,
      inputs: request.inputs.map((tensor) => ({ ...tensor, data: tensor.data.map(() => null) })),
    };
    const again = codec.encodeRequest(nulled, example);
    expect(again.headers).toEqual({ 'content-type': 'application/json' });
    expect(JSON.parse(Buffer.from(again.body).toString()).inputs[1]).toEqual({
      name: 'input1',
      datatype: 'BOOL',
      shape: [3],
      data: [null, null, null],
    });
  });
});

describe('values', () => {
  it.each([
    ['INT64', [255, 255, 255, 255, 255, 255, 255, 127], 9223372036854775807n],
    ['UINT64', [255, 255, 255, 255, 255, 255, 255, 255], 18446744073709551615n],
    ['INT16', [0, 128], -32768],
    ['FP16', [0, 60], 1],
    ['FP16', [0, 252], Number.NEGATIVE_INFINITY],
    ['FP32', [0, 0, 128, 63], 1],
    ['FP64', [0, 0, 0, 0, 0, 0, 240, 63], 1],
    ['BYTES', [2, 0, 0, 0, 195, 169], 'é'],
    ['BYTES', [2, 0, 0, 0, 255, 254], 'data:;base64,//4='],
  ] as const)('%s %j is %s', (datatype, bytes, value) => {
    const message = binary({ inputs: [input('x', datatype, [1], bytes.length)] }, bytes);
    const request = codec.decodeRequest(message);
    expect(request.inputs[0]?.data).toEqual([value]);
    expect(codec.encodeRequest(request, message).body.subarray(-bytes.length)).toEqual(Buffer.from(bytes));
  });

  it('every half there is comes back as the same bits', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfToNumber(bits);
      if (!Number.isNaN(value)) expect(numberToHalf(value)).toBe(bits);
    }
    expect([numberToHalf(65519.99), numberToHalf(65520), numberToHalf(1 + 2 ** -11), numberToHalf(2 ** -25)]).toEqual([
      0x7bff, 0x7c00, 0x3c00, 0,
    ]);
  });

  it('an answer may mix both forms', () => {
    const { body, headers } = binary(
      {
        model_name: 'mymodel',
        outputs: [input('output0', 'FP32', [1, 2], 8), { name: 'label', datatype: 'BYTES', shape: [1], data: ['a'] }],
      },
      [0, 0, 128, 63, 0, 0, 0, 64],
    );
    expect(codec.decodeAnswer({ status: 200, headers, body }).outputs.map(({ data }) => data)).toEqual([[1, 2], ['a']]);
  });
});

describe('refusals', () => {
  const one = (size: unknown, ...tail: number[]) => binary({ inputs: [input('x', 'FP32', [1], size)] }, tail);
  it.each([
    ['too few bytes', one(4, 1, 2), 'requires 4 bytes behind the JSON, 2 are left'],
    ['too many bytes', one(4, 1, 2, 3, 4, 5), 'requires 4 bytes behind its JSON, not 5'],
    ['another size', one(3, 1, 2, 3), 'requires 4 bytes for its shape and datatype, not 3'],
    ['no size', one('4', 1, 2, 3, 4), 'binary_data_size to be a length'],
    ['a negative size', one(-4, 1, 2, 3, 4), 'binary_data_size to be a length'],
    ['an element past the end', binary({ inputs: [input('x', 'BYTES', [1], 5)] }, [9, 0, 0, 0, 1]), 'to end within'],
    ['a cut length', binary({ inputs: [input('x', 'BYTES', [1], 2)] }, [9, 0]), 'to end within'],
    ['fewer elements', binary({ inputs: [input('x', 'BYTES', [2], 4)] }, [0, 0, 0, 0]), 'requires 2 elements'],
    ['a giant shape', binary({ inputs: [input('x', 'INT8', [1e9, 1e9], 1)] }, [1]), 'bytes for its shape'],
    ['data as well', binary({ inputs: [{ ...input('x', 'INT8', [1], 1), data: [1] }] }, [1]), 'not both'],
    ['a length past the end', { ...example, headers: { 'inference-header-content-length': '9999' } }, 'at most'],
    ['a length that is none', { ...example, headers: { 'inference-header-content-length': '-1' } }, 'at most'],
  ] as const)('%s', (_name, message, why) => {
    expect(() => codec.decodeRequest(message)).toThrow(
      expect.objectContaining({ code: 'REQUEST_UNDECODABLE', message: expect.stringContaining(why) }),
    );
  });
});
