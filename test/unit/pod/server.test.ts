// The pod's REST face of the Open Inference Protocol v2: metadata, inference, and errors as the protocol says.
import { afterAll, describe, expect, it } from 'vitest';
import { loadServedModel } from '../../../src/io/served-model.ts';
import { createPodServer } from '../../../src/pod/server.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';

describe('the pod', async () => {
  const served = await loadServedModel(writeTinyModel({ weights: [1, -1], name: 'risk', version: 'v2' }).modelFile);
  const app = createPodServer({ served, features: null, markDegraded: false });
  const path = '/v2/models/risk/infer';
  const input = { name: 'features', shape: [1, 2], datatype: 'FP32', data: [1, 2] };

  afterAll(() => app.close());

  function post(body: unknown, options: { url?: string; headers?: Record<string, string> } = {}) {
    const { url = path, headers = {} } = options;
    return app.inject({
      method: 'POST',
      url,
      headers,
      payload: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  it('is live, ready and says what it is', async () => {
    expect((await app.inject('/v2/health/live')).json()).toEqual({ live: true });
    expect((await app.inject('/v2/health/ready')).json()).toEqual({ ready: true });
    expect((await app.inject('/v2')).json()).toEqual({ name: 'penumbra-pod', version: served.version, extensions: [] });
  });

  it.each([
    '/v2/models/risk',
    '/v2/models/risk/versions/v2',
    `/v2/models/risk/versions/${encodeURIComponent(served.version)}`,
  ])('describes the model at %s', async (url) => {
    expect((await app.inject(url)).json()).toEqual({
      name: 'risk',
      versions: [served.version],
      platform: 'onnxruntime_onnx',
      inputs: [{ name: 'features', datatype: 'FP32', shape: [-1, 2] }],
      outputs: [{ name: 'probabilities', datatype: 'FP32', shape: [-1, 2] }],
    });
    expect((await app.inject(`${url}/ready`)).json()).toEqual({ name: 'risk', ready: true });
    expect((await post({ inputs: [input] }, { url: `${url}/infer` })).statusCode).toBe(200);
  });

  it('answers with name, version, the id it was given, and the outputs', async () => {
    const answer = await post({ id: 'abc', inputs: [input] });
    expect(answer.headers['content-type']).toContain('application/json');
    expect(answer.json()).toEqual({
      model_name: 'risk',
      model_version: served.version,
      id: 'abc',
      outputs: [
        {
          name: 'probabilities',
          shape: [1, 2],
          datatype: 'FP32',
          data: [expect.closeTo(1 / (1 + Math.exp(-1)), 6), expect.closeTo(1 / (1 + Math.exp(1)), 6)],
        },
      ],
    });
    expect((await post({ inputs: [input] })).json()).not.toHaveProperty('id');
  });

  it('answers batches, nested data, and any content type', async () => {
    const nested = {
      ...input,
      shape: [2, 2],
      data: [
        [1, 2],
        [3, 3],
      ],
    };
    const answer = await post({ inputs: [nested] }, { headers: { 'content-type': 'text/plain' } });
    expect(answer.json().outputs[0].shape).toEqual([2, 2]);
    expect(answer.json().outputs[0].data[3]).toBeCloseTo(0.5, 6);
  });

  it('writes what is no number as NaN', async () => {
    const answer = await post('{"inputs":[{"name":"features","shape":[1,2],"datatype":"FP32","data":[NaN,1]}]}');
    expect(answer.body).toContain('"data":[NaN,NaN]');
  });

  it.each([
    ['an unknown model', '/v2/models/other/infer', 404, 'model "other" is not served here, "risk" is'],
    ['an unknown version', '/v2/models/risk/versions/v9/infer', 404, 'version "v9" of risk is not served here'],
    ['an unknown path', '/v2/models/risk/explain', 404, 'POST /v2/models/risk/explain is not known here'],
  ])('answers 4xx to %s', async (_name, url, status, message) => {
    const answer = await post({ inputs: [input] }, { url });
    expect(answer.statusCode).toBe(status);
    expect(answer.json().error).toContain(message);
  });

  it.each([
    ['', 'JSON requires a value'],
    ['{"inputs":', 'JSON requires a value'],
    ['{}', 'a list "inputs"'],
    [{ inputs: [] }, 'input "features" requires FP32 of shape [-1, 2], it is missing'],
    [{ inputs: [{ ...input, data: [1] }] }, 'requires 2 values'],
    [{ inputs: [{ ...input, shape: [1, 3], data: [1, 2, 3] }] }, 'it has shape [1, 3]'],
    [{ inputs: [{ ...input, datatype: 'FP64' }] }, 'it has FP64'],
    [{ inputs: [{ ...input, datatype: 'double' }] }, 'a datatype of BOOL'],
    [{ inputs: [input], outputs: [{ name: 'nope' }] }, 'requires outputs of probabilities, not "nope"'],
    ['['.repeat(10_000), 'at most 64 levels'],
  ])('answers 400 to %j', async (body, message) => {
    const answer = await post(body);
    expect(answer.statusCode).toBe(400);
    expect(Object.keys(answer.json())).toEqual(['error']);
    expect(answer.json().error).toContain(message);
  });

  it('answers 400 to compressed bodies and 413 to huge ones', async () => {
    expect((await post({ inputs: [input] }, { headers: { 'content-encoding': 'gzip' } })).json().error).toContain(
      'without content-encoding here, not "gzip"',
    );
    const huge = await post(' '.repeat(4 * 1024 * 1024 + 1));
    expect(huge.statusCode).toBe(413);
    expect(huge.json()).toHaveProperty('error');
  });
});
