// ONNX files: what they answer, how they describe themselves, and what they refuse, in words.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadOnnxModel, type OnnxModel } from '../../../src/io/onnx-model.ts';
import { loadServedModel } from '../../../src/io/served-model.ts';
import type { Datatype, Tensor, TensorValue } from '../../../src/model.ts';
import { echoModelBytes, writeTinyModel } from '../../support/tiny-model.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-onnx-'));
const open: OnnxModel[] = [];

afterAll(async () => {
  for (const model of open) await model.close();
});

async function load(file: string): Promise<OnnxModel> {
  const model = await loadOnnxModel(file);
  open.push(model);
  return model;
}

function fileOf(name: string, bytes: Uint8Array | string): string {
  const file = join(directory, name);
  writeFileSync(file, bytes);
  return file;
}

function tensor(name: string, datatype: Datatype, { shape, data }: { shape: number[]; data: TensorValue[] }): Tensor {
  return { name, datatype, shape, data };
}

const row = (data: TensorValue[], shape = [1, data.length]): Tensor => tensor('features', 'FP32', { shape, data });

describe('a model', async () => {
  const { modelFile } = writeTinyModel({ weights: [2, -1], bias: 0.5 });
  const model = await load(modelFile);

  it('describes itself', () => {
    expect(model.inputs).toEqual([{ name: 'features', datatype: 'FP32', shape: [-1, 2] }]);
    expect(model.outputs).toEqual([{ name: 'probabilities', datatype: 'FP32', shape: [-1, 2] }]);
    expect(model.sha256).toBe(createHash('sha256').update(readFileSync(modelFile)).digest('hex'));
  });

  it('answers each row of a batch like a row alone', async () => {
    const rows = [
      [1, 2],
      [0, 0],
      [-3, 1.5],
    ];
    const [batch] = await model.run({ inputs: [row(rows.flat(), [3, 2])] });
    expect(batch).toMatchObject({ name: 'probabilities', datatype: 'FP32', shape: [3, 2] });
    for (const [index, [a = 0, b = 0]] of rows.entries()) {
      const [alone] = await model.run({ inputs: [row([a, b])] });
      const expected = 1 / (1 + Math.exp(-(2 * a - b + 0.5)));
      expect(batch?.data[index * 2 + 1]).toBeCloseTo(expected, 6);
      expect(alone?.data).toEqual(batch?.data.slice(index * 2, index * 2 + 2));
    }
  });

  it('lets a missing number reach the model as NaN', async () => {
    const [output] = await model.run({ inputs: [row([null, 1])] });
    expect(output?.data).toEqual([Number.NaN, Number.NaN]);
  });

  it('ignores inputs it does not have, such as an entity key', async () => {
    const key = tensor('entity_key', 'BYTES', { shape: [1], data: ['k'] });
    expect(await model.run({ inputs: [key, row([1, 2])] })).toEqual(await model.run({ inputs: [row([1, 2])] }));
  });

  it.each([
    ['is missing', [], 'input "features" requires FP32 of shape [-1, 2], it is missing'],
    ['has another type', [tensor('features', 'FP64', { shape: [1, 2], data: [1, 2] })], 'it has FP64'],
    ['has another width', [row([1, 2, 3])], 'it has shape [1, 3]'],
    ['has another rank', [row([1, 2], [2])], 'it has shape [2]'],
  ])('says what it expects when an input %s', async (_name, inputs, message) => {
    await expect(model.run({ inputs })).rejects.toMatchObject({
      code: 'MODEL_INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });

  it('names the outputs it has when asked for another', async () => {
    const wrong = model.run({ inputs: [row([1, 2])], outputs: [{ name: 'logits' }] });
    await expect(wrong).rejects.toMatchObject({
      code: 'MODEL_INPUT_INVALID',
      message: 'the model requires outputs of probabilities, not "logits"',
    });
  });

  it('finishes the runs under way before it closes, and refuses later ones', async () => {
    const closing = await loadOnnxModel(modelFile);
    const runs = Array.from({ length: 20 }, () => closing.run({ inputs: [row([1, 2])] }));
    await closing.close();
    expect(await Promise.all(runs)).toHaveLength(20);
    await expect(closing.run({ inputs: [row([1, 2])] })).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

describe('tensor types', async () => {
  const echo = await load(
    fileOf(
      'echo.onnx',
      echoModelBytes([
        { name: 'f', datatype: 'FP64', width: 1 },
        { name: 'i', datatype: 'INT32', width: 1 },
        { name: 'l', datatype: 'INT64', width: 2 },
        { name: 's', datatype: 'BYTES', width: 1 },
        { name: 'b', datatype: 'BOOL', width: 2 },
      ]),
    ),
  );
  const inputs = [
    tensor('f', 'FP64', { shape: [1, 1], data: [0.1] }),
    tensor('i', 'INT32', { shape: [1, 1], data: [-7] }),
    tensor('l', 'INT64', { shape: [1, 2], data: [9223372036854775807n, -3] }),
    tensor('s', 'BYTES', { shape: [1, 1], data: ['Zürich'] }),
    tensor('b', 'BOOL', { shape: [1, 2], data: [true, false] }),
  ];

  it('come back as they went in, several inputs at once', async () => {
    const outputs = await echo.run({ inputs });
    expect(outputs.map(({ datatype, shape, data }) => ({ datatype, shape, data }))).toEqual(
      inputs.map(({ datatype, shape, data }) => ({ datatype, shape, data })),
    );
  });

  it('are answered alone when only some outputs are wanted', async () => {
    expect((await echo.run({ inputs, outputs: [{ name: 's_again' }] })).map(({ data }) => data)).toEqual([['Zürich']]);
  });

  it('refuse a broken 64-bit integer instead of rounding it', async () => {
    const broken = inputs.map((input) => (input.name === 'l' ? { ...input, data: [1.5, 2] } : input));
    await expect(echo.run({ inputs: broken })).rejects.toMatchObject({ code: 'MODEL_INPUT_INVALID' });
  });

  it('that cannot be served are refused at load', async () => {
    const file = fileOf('half.onnx', echoModelBytes([{ name: 'h', datatype: 'FP16', width: 1 }]));
    await expect(loadOnnxModel(file)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining('"h" has type float16'),
    });
  });
});

describe('files', () => {
  it.each([
    ['text.onnx', 'this is no model'],
    ['empty.onnx', ''],
    ['cut.onnx', readFileSync(writeTinyModel().modelFile).subarray(0, 60)],
  ])('%s is refused by name', async (name, bytes) => {
    const file = fileOf(name, bytes);
    await expect(loadOnnxModel(file)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      message: expect.stringContaining(`${file} is not an ONNX model`),
    });
  });

  it('a missing one is named', async () => {
    await expect(loadOnnxModel('/nowhere/m.onnx')).rejects.toMatchObject({
      code: 'MODEL_NOT_FOUND',
      message: expect.stringContaining('/nowhere/m.onnx'),
    });
  });
});

describe('identity', () => {
  it('comes from the card beside the model and the bytes', async () => {
    const { modelFile } = writeTinyModel({ name: 'risk', version: 'v3' });
    const served = await loadServedModel(modelFile);
    open.push(served.model);
    expect(served).toMatchObject({ name: 'risk', version: `v3+sha256.${served.model.sha256.slice(0, 12)}` });
  });

  it('comes from the file alone without a card', async () => {
    const served = await loadServedModel(fileOf('bare.onnx', readFileSync(writeTinyModel().modelFile)));
    open.push(served.model);
    expect(served).toMatchObject({ name: 'bare', card: null, version: `sha256.${served.model.sha256.slice(0, 12)}` });
  });

  it('refuses a card beside it that belongs to another model', async () => {
    const { modelFile, cardFile } = writeTinyModel();
    writeFileSync(cardFile, readFileSync(cardFile, 'utf8').replace('tiny-v1.onnx', 'other.onnx'));
    await expect(loadServedModel(modelFile)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('not "other.onnx"'),
    });
  });
});
