// The in-process target: the same file gives the same version everywhere, and failures are replies.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadServedModel } from '../../../../src/io/served-model.ts';
import { createOnnxTarget } from '../../../../src/io/targets/onnx.ts';
import type { Decision } from '../../../../src/model.ts';
import { callWith, messageWith } from '../../../support/target-call.ts';
import { writeTinyModel } from '../../../support/tiny-model.ts';

const never = new AbortController().signal;

describe('the in-process target', () => {
  const { modelFile, directory } = writeTinyModel({ weights: [1, -1], version: 'v2' });

  it('answers with the model and its version', async () => {
    const target = createOnnxTarget({ file: modelFile });
    const { version } = await target.ready(never);
    expect(version).toMatch(/^v2\+sha256\.[0-9a-f]{12}$/);
    const reply = await target.call(callWith());
    expect(reply).toMatchObject({
      status: 'ok',
      reason: null,
      answer: { modelName: 'tiny', modelVersion: version, degraded: false },
    });
    const p = 1 / (1 + Math.exp(1));
    expect(reply.answer?.outputs[0]?.data[1]).toBeCloseTo(p, 6);
    await target.close();
  });

  it('has the version that the pod states for the same file', async () => {
    const target = createOnnxTarget({ file: modelFile });
    const served = await loadServedModel(modelFile);
    expect(await target.ready(never)).toEqual({ version: served.version });
    await target.close();
    await served.model.close();
  });

  it('computes only the outputs its decisions read, whatever the caller asked for', async () => {
    const decision = { name: 'late', output: 'probabilities' } as Decision;
    const target = createOnnxTarget({ file: modelFile, decisions: [decision] });
    const request = { ...callWith().request, outputs: [{ name: 'not_of_this_model' }] };
    expect((await target.call(callWith({ request }))).answer?.outputs.map((output) => output.name)).toEqual([
      'probabilities',
    ]);
    await target.close();
  });

  it('calls a request that does not fit an error', async () => {
    const target = createOnnxTarget({ file: modelFile });
    expect(await target.call(callWith({ message: messageWith([1, 2, 3]) }))).toMatchObject({
      status: 'error',
      reason: 'model_input_invalid',
    });
    await target.close();
  });

  it('is unavailable while its file is missing, and recovers', async () => {
    const file = join(directory, 'late.onnx');
    const target = createOnnxTarget({ file });
    await expect(target.ready(never)).rejects.toMatchObject({ code: 'MODEL_NOT_FOUND' });
    expect(await target.call(callWith())).toMatchObject({ status: 'unavailable', reason: 'model_not_loaded' });
    writeFileSync(file, readFileSync(modelFile));
    expect((await target.call(callWith())).status).toBe('ok');
    await target.close();
  });

  it('refuses a file with another digest than declared', async () => {
    const target = createOnnxTarget({ file: modelFile, sha256: '0'.repeat(64) });
    await expect(target.ready(never)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await target.close();
  });
});
