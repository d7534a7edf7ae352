// Whether an HTTP target is ready, and where its version comes from.
import { afterEach, describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';
import type { Codec } from '../../../../src/io/ports.ts';
import { answering, sending, unusedUrl } from '../../../support/evil-server.ts';
import { closeAll, serverWith, targetAt } from '../../../support/http-target.ts';
import { callWith, goodAnswer } from '../../../support/target-call.ts';

afterEach(closeAll);

describe('versions and readiness', () => {
  it('fills the declared version in only where the answer gives none', async () => {
    const bare = await serverWith(answering(200, '{"outputs":[]}'));
    const named = await serverWith(answering(200, goodAnswer));
    expect((await targetAt(bare.url, { version: 'v7' }).call(callWith())).answer?.modelVersion).toBe('v7');
    expect((await targetAt(bare.url).call(callWith())).answer?.modelVersion).toBeNull();
    expect((await targetAt(named.url, { version: 'v7' }).call(callWith())).answer?.modelVersion).toBe('v9');
  });

  it.each([
    ['200', answering(200, ''), true],
    ['404', answering(404, ''), true],
    ['503', answering(503, ''), false],
    ['302', answering(302, ''), false],
    ['garbage', sending('no\r\n\r\n'), false],
  ] as const)('a health path answering %s', async (_name, behave, isReady) => {
    const server = await serverWith(behave);
    const ready = targetAt(server.url).ready(new AbortController().signal);
    await (isReady
      ? expect(ready).resolves.toEqual({ version: null })
      : expect(ready).rejects.toMatchObject({ code: 'OVERLOADED' }));
  });

  it('is not ready where nobody listens', async () => {
    await expect(targetAt(await unusedUrl()).ready(new AbortController().signal)).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
  });

  it('reads the version from the metadata when its URL names the model', async () => {
    const server = await serverWith(answering(200, '{"name":"m","versions":["v3","v2"]}'));
    const target = targetAt(`${server.url}/gate/v2/models/m/infer`);
    expect(await target.ready(new AbortController().signal)).toEqual({ version: 'v3' });
    expect(server.received()).toContain('GET /gate/v2/models/m HTTP/1.1');
  });
});

describe('other protocols', () => {
  const codecOf = (name: string): Codec => codecs.find((kind) => kind.name === name)?.create({}) as Codec;
  const states = (...pairs: [string, string][]) =>
    JSON.stringify({ model_version_status: pairs.map(([version, state]) => ({ version, state })) });
  const predict = '/v1/models/m:predict';

  it.each([
    [
      'tensorflow-serving',
      predict,
      answering(200, states(['2', 'AVAILABLE'], ['10', 'AVAILABLE'], ['11', 'LOADING'])),
      '/v1/models/m',
      '10',
    ],
    [
      'tensorflow-serving',
      '/v1/models/m/versions/2:predict',
      answering(200, states(['2', 'AVAILABLE'])),
      '/v1/models/m',
      '2',
    ],
    ['tensorflow-serving', predict, answering(200, states(['1', 'LOADING'])), '/v1/models/m', false],
    ['tensorflow-serving', predict, answering(200, '{"name":"m","ready":false}'), '/v1/models/m', false],
    ['tensorflow-serving', predict, answering(200, '{"name":"m","ready":true}'), '/v1/models/m', null],
    ['tensorflow-serving', '', answering(400, '{"error":"Malformed request"}'), '/v1/models', null],
    ['seldon-v1', '', answering(503, ''), '/ready', false],
    ['seldon-v1', '', answering(200, ''), '/ready', null],
    ['mlflow', '', answering(200, ''), '/ping', null],
    ['mlflow', '', answering(500, ''), '/ping', false],
    ['json', '', answering(405, ''), '/', null],
    ['json', '', answering(503, ''), '/', false],
  ] as const)('%s at "%s" is asked for its own health', async (protocol, path, behave, health, version) => {
    const server = await serverWith(behave);
    const ready = targetAt(`${server.url}${path}`, { codec: codecOf(protocol) }).ready(new AbortController().signal);
    await (version === false
      ? expect(ready).rejects.toMatchObject({ code: 'OVERLOADED' })
      : expect(ready).resolves.toEqual({ version }));
    expect(server.received()).toContain(`GET ${health} HTTP/1.1`);
  });
});
