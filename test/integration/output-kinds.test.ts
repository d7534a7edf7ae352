// The output kinds vector, ranking and text through real services, driven by their own files in config/ with nothing changed but
// addresses, times and budget: a version that agrees is found within its limits, one that does not is found over them.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { request } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { loadServedModel } from '../../src/io/served-model.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { createPodServer } from '../../src/pod/server.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import { type Client, postExchanges, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';
import { embeddingModelBytes, rankingModelBytes } from '../support/tiny-model.ts';

const pods: FastifyInstance[] = [];
const servers: ShadowServer[] = [];

afterAll(async () => {
  endProcesses();
  await Promise.all([...pods.map((pod) => pod.close()), ...servers.map((server) => server.close())]);
});

type Version = 'production' | 'agreeing' | 'deviating';
/** Where each version answers; the control is production's version again, on a replica. */
type Urls = Readonly<Record<Version | 'twin', string>>;

/** A pod of our own on a model file; its URL. */
async function startPod(bytes: Uint8Array): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-kinds-')), 'm.onnx');
  writeFileSync(file, bytes);
  const served = await loadServedModel(file);
  const pod = createPodServer({ served, features: null, markDegraded: false });
  pods.push(pod);
  return pod.listen({ host: '127.0.0.1', port: 0 });
}

/** Features that differ from request to request. */
const features = (index: number): object => {
  const data = [1, 2, 3, 4].map((place) => Math.sin(index * place));
  return { name: 'features', shape: [1, 4], datatype: 'FP32', data };
};
/** Weights without any pattern that a version could share by accident. */
const weights = [1, 2, 3, 4].map((row) => [1, 2, 3, 4, 5, 6, 7, 8].map((column) => Math.cos(row * 7.3 + column * 2.1)));
const changed = (change: (weight: number, column: number) => number): number[][] =>
  weights.map((row) => row.map(change));

const modelBytes: Readonly<Record<'vector' | 'ranking', Readonly<Record<Version, Uint8Array>>>> = {
  vector: {
    production: embeddingModelBytes(weights),
    agreeing: embeddingModelBytes(changed((weight, column) => 3 * weight + (column === 2 ? 0.01 : 0))),
    deviating: embeddingModelBytes(changed((weight, column) => (column < 3 ? -weight : weight))),
  },
  ranking: {
    production: rankingModelBytes(weights, 6),
    agreeing: rankingModelBytes(
      changed((weight) => 3 * weight),
      6,
    ),
    deviating: rankingModelBytes(
      changed((weight, column) => (column < 3 ? -weight : weight)),
      6,
    ),
  },
};

const told = (index: number): string =>
  `The customer of order ${index} asks for the parcel, which is late by ${index % 9} days, and wants it to be sent again.`;
const texts: Readonly<Record<Version, (index: number) => string>> = {
  production: told,
  agreeing: (index) => `  ${told(index).replace(', and wants', '\nand wants')}\n`,
  deviating: (index) => (index % 2 === 0 ? told(index) : `I am sorry, I cannot help with ${index}.`),
};

/** A service that answers a text to the number in the request. */
async function startWriter(version: Version): Promise<string> {
  const server = await startShadow(({ body, reply }) => {
    const index = Number(/"ticket (\d+)"/.exec(body)?.[1]);
    const summary = { name: 'summary', shape: [1, 1], datatype: 'BYTES', data: [texts[version](index)] };
    reply.end(JSON.stringify({ model_name: 'm', model_version: version, outputs: [summary] }));
  });
  servers.push(server);
  return server.url;
}

interface Service {
  start(version: Version): Promise<string>;
  input(index: number): object;
}

const services: Readonly<Record<'vector' | 'ranking' | 'text', Service>> = {
  vector: { start: (version) => startPod(modelBytes.vector[version]), input: features },
  ranking: { start: (version) => startPod(modelBytes.ranking[version]), input: features },
  text: {
    start: startWriter,
    input: (index) => ({ name: 'ticket', shape: [1, 1], datatype: 'BYTES', data: [`ticket ${index}`] }),
  },
};

interface ConfigFile {
  readonly production: { readonly url: string };
  readonly experiments: { readonly release: { readonly arms: object } };
}

/** The file of this kind, with its one experiment twice: for a candidate that agrees and for one that does not. */
function configOf(kind: string, url: Urls): string {
  const file = parse(readFileSync(`config/${kind}.yaml`, 'utf8')) as ConfigFile;
  const { release } = file.experiments;
  const arm = (at: string) => ({ target: { url: at }, deadline: '4s' });
  const experiment = (candidate: string) => ({
    ...release,
    arms: { control: arm(url.twin), candidate: arm(candidate) },
    warmUp: 0,
    budget: { requests: '2000 per second', inFlight: 2000 },
  });
  const config = {
    ...file,
    production: { ...file.production, url: url.production },
    source: { http: true },
    experiments: { agreeing: experiment(url.agreeing), deviating: experiment(url.deviating) },
    bucket: '200ms',
    joinDeadline: '5s',
    api: { listen: '127.0.0.1:0' },
    store: { path: './penumbra.db' },
  };
  return stringify(config, { aliasDuplicateObjects: false });
}

/** Requests with production's own answers to them. */
async function exchangesOf(service: Service, url: string, count: number): Promise<readonly object[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = '/v2/models/m/infer';
      const body = { inputs: [service.input(index)] };
      const answer = await request(`${url}${path}`, { method: 'POST', body: JSON.stringify(body) });
      return {
        id: `e-${index}`,
        latencyMs: 3,
        request: { path, body },
        answer: { status: 200, body: await answer.body.json() },
      };
    }),
  );
}

async function runsOf(client: Client): Promise<readonly RunView[]> {
  return ((await client.call('GET', '/v1/runs')).body as { runs: RunView[] }).runs;
}

/** The verdicts on what the config says of the decisions. */
function verdictsOf(run: RunView): Record<string, string> {
  const stated = run.arms.flatMap((arm) => arm.hypotheses.filter((one) => !one.automatic && one.decision !== null));
  return Object.fromEntries(stated.map((one) => [one.id, one.verdict]));
}

async function judge(kind: keyof typeof services, count: number) {
  const service = services[kind];
  const versions: readonly Version[] = ['production', 'production', 'agreeing', 'deviating'];
  const started = await Promise.all(versions.map((version) => service.start(version)));
  const [production = '', twin = '', agreeing = '', deviating = ''] = started;
  const { client } = await startServe(configOf(kind, { production, twin, agreeing, deviating }));
  await Promise.all(['agreeing', 'deviating'].map((experiment) => client.startRun(experiment)));
  const exchanges = await exchangesOf(service, production, count);
  let next = 0;
  await postExchanges(client, count, { make: () => exchanges[next++] as object });
  const runs = await runsOf(client);
  const refused = runs.find(({ experiment }) => experiment === 'deviating');
  expect((await client.gate(refused?.id ?? '')).verdict).toBe('FAIL');
  const verdicts = runs.map((run) => [run.experiment, verdictsOf(run)]);
  return { client, verdicts: Object.fromEntries(verdicts) as Record<string, Record<string, string>> };
}

describe.concurrent('by its file in config/', () => {
  it('a vector: an embedding model and versions of it, as pods', async () => {
    const { client, verdicts } = await judge('vector', 350);
    expect(verdicts).toEqual({
      agreeing: { 'control.meaning.material': 'HOLDS', 'candidate.meaning.material': 'HOLDS' },
      deviating: { 'control.meaning.material': 'HOLDS', 'candidate.meaning.material': 'VIOLATED' },
    });
    const { status, text } = await client.call('POST', '/v1/outcomes', { id: 'e-7', value: 1 });
    expect([status, text]).toEqual([400, expect.stringContaining('meaning is a vector: it has no true outcome')]);
  });

  it('a ranking: the indices of a model’s largest scores, as pods', async () => {
    const { client, verdicts } = await judge('ranking', 350);
    expect(verdicts).toEqual({
      agreeing: {
        'control.first.flip': 'HOLDS',
        'candidate.first.flip': 'HOLDS',
        'candidate.shelf.material': 'HOLDS',
      },
      deviating: {
        'control.first.flip': 'HOLDS',
        'candidate.first.flip': 'VIOLATED',
        'candidate.shelf.material': 'VIOLATED',
      },
    });
    const { status, body } = await client.call('POST', '/v1/outcomes', { id: 'e-7', decision: 'first', value: 3 });
    expect([status, body]).toEqual([202, { id: 'e-7', status: 'counted' }]);
  });

  it('a text: services that write summaries', async () => {
    const { client, verdicts } = await judge('text', 200);
    expect(verdicts).toEqual({
      agreeing: { 'control.summary.flip': 'HOLDS', 'candidate.summary.material': 'HOLDS' },
      deviating: { 'control.summary.flip': 'HOLDS', 'candidate.summary.material': 'VIOLATED' },
    });
    const { status, body } = await client.call('POST', '/v1/outcomes', { id: 'e-7', value: `${told(7)}\n` });
    expect([status, body]).toEqual([202, { id: 'e-7', status: 'counted' }]);
  });
});
