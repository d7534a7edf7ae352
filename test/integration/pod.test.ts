// A real pod with a real feature store over real HTTP: the policies on failure, degraded marks, and malformed requests.
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isInShare, keyOf } from '../../src/core/random.ts';
import { listenOn } from '../../src/io/listen-address.ts';
import { readModelCard } from '../../src/io/model-card.ts';
import { loadServedModel } from '../../src/io/served-model.ts';
import { createHttpTarget } from '../../src/io/targets/http.ts';
import { createFeatureClient } from '../../src/pod/feature-client.ts';
import { readFeatureRows } from '../../src/pod/feature-rows.ts';
import { createFeatureStoreServer } from '../../src/pod/feature-store.ts';
import { createFeatureFill, type FailurePolicy } from '../../src/pod/fill-features.ts';
import { createPodServer } from '../../src/pod/server.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { callWith, messageWith, oipCodec } from '../support/target-call.ts';
import { writeTinyModel } from '../support/tiny-model.ts';

const share = 0.3;
const seed = 'incident';
const keys = Array.from({ length: 30 }, (_, index) => `flight-${index}`);
const isSlow = (key: string): boolean => isInShare(keyOf(seed), key, share);
const open: FastifyInstance[] = [];
const anyPort = { host: '127.0.0.1', port: 0 };

async function start(app: FastifyInstance): Promise<string> {
  open.push(app);
  return (await listenOn(app, anyPort)).url;
}

const { modelFile, cardFile, directory } = writeTinyModel({
  weights: [1, -1],
  inputs: [{ name: 'stored', stored: true, default: -2 }, { name: 'sent' }],
});
const card = readModelCard(cardFile);
let storeUrl = '';

beforeAll(async () => {
  const rowsFile = join(directory, 'rows.jsonl');
  writeFileSync(rowsFile, keys.map((key) => JSON.stringify({ key, features: [3, 0] })).join('\n'));
  const rows = await readFeatureRows(rowsFile, card);
  // Slow beyond any deadline here, so that only the policies decide.
  storeUrl = await start(createFeatureStoreServer(rows, { slow: { delayMs: 600_000, share, seed } }));
});

afterAll(async () => {
  for (const app of open.reverse()) await app.close();
});

async function startPod(
  onFailure: FailurePolicy | null,
  options: { markDegraded?: boolean; url?: string } = {},
): Promise<string> {
  const inputs = card.inputs.filter((input) => input.stored);
  const client = createFeatureClient({ url: options.url ?? storeUrl, inputs, timeoutMs: 5000, deadlineMs: 1000 });
  const features = onFailure === null ? null : createFeatureFill({ client, inputs, onFailure });
  return start(
    createPodServer({
      served: await loadServedModel(modelFile),
      features,
      markDegraded: options.markDegraded ?? false,
    }),
  );
}

async function infer(url: string, sent: { keys?: readonly string[]; features?: readonly number[] }) {
  const { features = [0, 1] } = sent;
  const rows = sent.keys?.length ?? 1;
  const row = {
    name: 'features',
    shape: [rows, 2],
    datatype: 'FP32',
    data: Array.from({ length: rows }, () => features).flat(),
  };
  const key = sent.keys ? [{ name: 'entity_key', shape: [rows, 1], datatype: 'BYTES', data: sent.keys }] : [];
  const answer = await request(`${url}/v2/models/tiny/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [row, ...key] }),
  });
  const body = (await answer.body.json()) as { error?: string; parameters?: unknown; outputs?: { data: number[] }[] };
  const scores = body.outputs?.[0]?.data.filter((_, index) => index % 2 === 1);
  return { status: answer.statusCode, scores, parameters: body.parameters, error: body.error };
}

/** The score for a stored feature of this value and a sent one of 1. */
const scoreOf = (stored: number): unknown => expect.closeTo(1 / (1 + Math.exp(-(stored - 1))), 6);

describe('a pod with a feature store that is slow for some keys', () => {
  it('has both slow and fast keys to show', () => {
    expect(keys.filter(isSlow).length).toBeGreaterThan(2);
    expect(keys.filter((key) => !isSlow(key)).length).toBeGreaterThan(2);
  });

  it.each([
    ['zeros', 0],
    ['default', -2],
  ] as const)('falls back to %s for exactly the slow keys, silently', async (policy, fallback) => {
    const url = await startPod(policy);
    const answers = await Promise.all(keys.map((key) => infer(url, { keys: [key] })));
    for (const [index, key] of keys.entries()) {
      expect(answers[index]).toEqual({
        status: 200,
        scores: [scoreOf(isSlow(key) ? fallback : 3)],
        parameters: undefined,
        error: undefined,
      });
    }
  });

  it('fails loudly for exactly the slow keys when told to', async () => {
    const url = await startPod('error');
    const answers = await Promise.all(keys.map((key) => infer(url, { keys: [key] })));
    expect(answers.map(({ status }) => status)).toEqual(keys.map((key) => (isSlow(key) ? 503 : 200)));
    expect(answers.find(({ status }) => status === 503)?.error).toContain('the feature store did not answer');
  });

  it('marks degraded answers when told to, and only those', async () => {
    const url = await startPod('zeros', { markDegraded: true });
    const answers = await Promise.all(keys.map((key) => infer(url, { keys: [key] })));
    expect(answers.map(({ parameters }) => parameters)).toEqual(
      keys.map((key) => (isSlow(key) ? { degraded: true } : undefined)),
    );
  });

  it('falls back row by row in a batch', async () => {
    const { scores } = await infer(await startPod('zeros'), { keys });
    expect(scores).toEqual(keys.map((key) => scoreOf(isSlow(key) ? 0 : 3)));
  });

  it.each(['zeros', 'error'] as const)(
    'takes an unknown key and a refused connection as failures too: %s',
    async (policy) => {
      const store = await startPod(policy);
      const nobody = await startPod(policy, { url: 'http://127.0.0.1:1' });
      const expected = policy === 'zeros' ? { status: 200, scores: [scoreOf(0)] } : { status: 503 };
      expect(await infer(store, { keys: ['unknown'] })).toMatchObject(expected);
      expect(await infer(nobody, { keys: ['flight-0'] })).toMatchObject(expected);
    },
  );

  it('needs the entity key, and says so', async () => {
    const answer = await infer(await startPod('zeros'), {});
    expect(answer.status).toBe(400);
    expect(answer.error).toContain('input "entity_key" requires BYTES');
  });

  it('lists the entity key among its inputs', async () => {
    const { body } = await request(`${await startPod('zeros')}/v2/models/tiny`);
    expect(await body.json()).toMatchObject({
      inputs: [{ name: 'features' }, { name: 'entity_key', datatype: 'BYTES', shape: [-1] }],
    });
  });
});

describe('a pod in front of a proxy', () => {
  it('passes on whose request it is, and nothing else of it', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const store = createServer((asked, answer) => {
      seen.push(asked.headers);
      answer.end('{"features": {"stored": 3}}');
    });
    const url = `http://127.0.0.1:${await listenOnFreePort(store)}`;
    const inputs = [
      { name: 'features', shape: [1, 2], datatype: 'FP32', data: [0, 1] },
      { name: 'entity_key', shape: [1], datatype: 'BYTES', data: ['k'] },
    ];
    const passed = {
      'x-request-id': 'shadow-7',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      'x-shadow': 'run/slow',
      baggage: 'tenant=a,penumbra-arm=slow',
    };
    const { statusCode, body } = await request(`${await startPod('error', { url })}/v2/models/tiny/infer`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer secret', cookie: 'a=b', ...passed },
      body: JSON.stringify({ inputs }),
    });
    expect([statusCode, await body.text()]).toEqual([200, expect.any(String)]);
    expect(seen).toMatchObject([passed]);
    expect(Object.keys(seen[0] ?? {}).sort()).toEqual([
      'baggage',
      'connection',
      'host',
      'traceparent',
      'x-request-id',
      'x-shadow',
    ]);
    store.close();
    store.closeAllConnections();
  });
});

describe('a pod without a feature store', () => {
  it('takes every feature from the request and ignores the key', async () => {
    expect(await infer(await startPod(null), { keys: ['flight-0'], features: [3, 1] })).toMatchObject({
      status: 200,
      scores: [scoreOf(3)],
    });
  });

  it('is read by the codec and the HTTP target, with one version in metadata and answers', async () => {
    const url = await startPod(null);
    const target = createHttpTarget({ url: `${url}/v2/models/tiny/infer`, codec: oipCodec });
    const { version } = await target.ready(new AbortController().signal);
    const reply = await target.call(callWith({ message: messageWith([3, 1]) }));
    expect(reply).toMatchObject({
      status: 'ok',
      answer: { modelName: 'tiny', modelVersion: version, degraded: false },
    });
    await target.close();
  });

  it('answers 4xx to whatever is malformed, and lives on', async () => {
    const url = await startPod(null);
    const { port } = new URL(url);
    const bodies = [
      '',
      '{',
      '[]',
      'null',
      '{"inputs":7}',
      '{"inputs":[{"name":"features"}]}',
      '\u0000\u0001',
      '[['.repeat(5000),
    ];
    for (const body of bodies) {
      const answer = await request(`${url}/v2/models/tiny/infer`, { method: 'POST', body });
      expect(answer.statusCode).toBe(400);
      expect(await answer.body.json()).toEqual({ error: expect.any(String) });
    }
    const raws = [
      'GARBAGE\r\n\r\n',
      'POST /v2/models/tiny/infer HTTP/1.1\r\nhost: x\r\ncontent-length: -5\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
    ];
    for (const raw of raws) expect(await rawAnswer(Number(port), raw)).toMatch(/^HTTP\/1\.1 [45]\d\d /);
    expect(await infer(url, { features: [3, 1] })).toMatchObject({ status: 200 });
  });
});

function rawAnswer(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
