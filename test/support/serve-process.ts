// `penumbra serve` as a process on a config that a test writes, with a client for its API.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import type { GateView, RunView } from '../../src/pipeline/view-types.ts';
import { type PenumbraProcess, type ProcessOptions, portOf, startPenumbra } from './penumbra-process.ts';
import { answerOf } from './shadow-server.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}

export interface Client {
  readonly url: string;
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ApiAnswer>;
  run(id: string): Promise<RunView>;
  gate(runId: string): Promise<GateView>;
  /** Starts a run and waits until it scores. */
  startRun(experiment: string, more?: object): Promise<RunView>;
  /** Resolves with the run once it looks as wanted; rejects after `withinMs`. */
  until(id: string, isSo: (run: RunView) => boolean, withinMs?: number): Promise<RunView>;
}

const keepAlive = new Agent({ connections: 64 });

export function clientOf(url: string): Client {
  const client: Client = {
    url,
    call: async (method, path, body, headers = {}) => {
      const isText = typeof body === 'string' || body instanceof Uint8Array;
      const answer = await request(`${url}${path}`, {
        method: method as 'GET',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        body: body === undefined ? null : isText ? body : JSON.stringify(body),
        dispatcher: keepAlive,
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, headers: answer.headers, text, body: parse(text) };
    },
    run: async (id) => (await client.call('GET', `/v1/runs/${id}`)).body as RunView,
    gate: async (id) => (await client.call('GET', `/v1/gate?run=${id}`)).body as GateView,
    startRun: async (experiment, more = {}) => {
      const { status, text, body } = await client.call('POST', '/v1/runs', { experiment, ...more });
      if (status !== 201) throw new Error(`no run was started: ${text}`);
      return client.until((body as RunView).id, (run) => run.state === 'RUNNING');
    },
    until: async (id, isSo, withinMs = 60_000) => {
      for (const startedMs = performance.now(); ; ) {
        const run = await client.run(id);
        if (isSo(run)) return run;
        if (performance.now() - startedMs > withinMs) {
          throw new Error(`still not so after ${withinMs} ms: ${isSo} ${JSON.stringify(run, null, 1)}`);
        }
        await new Promise((resume) => setTimeout(resume, 50));
      }
    },
  };
  return client;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface Comparator {
  readonly process: PenumbraProcess;
  readonly client: Client;
  readonly folder: string;
  readonly configFile: string;
}

export function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), 'penumbra-serve-'));
}

export async function startServe(
  config: string,
  { folder = makeFolder(), ...options }: ProcessOptions & { folder?: string } = {},
): Promise<Comparator> {
  const configFile = join(folder, 'penumbra.yaml');
  writeFileSync(configFile, config);
  // It gives way to nobody: the tests beside it would leave it no time.
  const process = startPenumbra(['serve', '--config', configFile, '--nice', '0'], options);
  const port = await portOf(process);
  return { process, client: clientOf(`http://127.0.0.1:${port}`), folder, configFile };
}

export interface ConfigParts {
  readonly production?: string;
  readonly decisions?: string;
  /** Further lines at the top level. */
  readonly more?: string;
  /** Experiments as YAML, indented by two spaces. */
  readonly experiments: string;
}

/** A config with short times: buckets of 200 ms that close 500 ms later. */
export function configOf({
  production = 'http://127.0.0.1:9',
  decisions,
  more = '',
  experiments,
}: ConfigParts): string {
  return `service: test
production: {url: "${production}", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions:
  d: ${decisions ?? '{output: "probabilities[:,1]", label: above 0.5}'}
bucket: 200ms
joinDeadline: 500ms
store: {path: ./penumbra.db}
${more.includes('api:') ? '' : 'api: {listen: "127.0.0.1:0"}'}
${more}
experiments:
${experiments}
`;
}

/** The same where an answer in time is the point: a busy machine has the time. */
export const patient = (config: string): string =>
  config.replaceAll('deadline: 300ms', 'deadline: 1500ms').replace('joinDeadline: 500ms', 'joinDeadline: 2s');

/** What every test experiment says alike, as further lines of it. */
export const quick = `    warmUp: 0
    readyTimeout: 1s
    budget: {requests: 2000 per second, inFlight: 2000}`;

/** One arm on a URL, cut off after 300 ms. */
export function arm(url: string, more = ''): string {
  return `{target: {url: "${url}"}, deadline: 300ms${more === '' ? '' : `, ${more}`}}`;
}

let sequence = 0;

/** A well-formed exchange whose score is unique; production answered it rightly. */
export function exchangeOf(options: { id?: string; score?: number; answer?: unknown; headers?: object } = {}) {
  sequence += 1;
  const score = options.score ?? (sequence % 2 === 0 ? 0.2 : 0.8) + sequence * 1e-7;
  const inputs = [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [score] }];
  return {
    id: options.id ?? `x-${process.pid}-${sequence}`,
    latencyMs: 5,
    request: { path: '/v2/models/m/infer', body: { inputs }, headers: options.headers ?? {} },
    answer: { status: 200, body: options.answer ?? JSON.parse(answerOf(score)) },
  };
}

/** Posts so many exchanges, a few at a time, and resolves with their ids once their buckets are closed. */
export async function postExchanges(
  client: Client,
  count: number,
  { make = () => exchangeOf() as object, perSecond = 500 } = {},
): Promise<string[]> {
  const posted: Promise<string>[] = [];
  for (let sent = 0; sent < count; sent++) {
    posted.push(
      client.call('POST', '/v1/exchanges?ack=committed', make()).then(({ status, body, text }) => {
        if (status !== 202) throw new Error(`an exchange was refused: ${text}`);
        return body.id as string;
      }),
    );
    if (sent % 10 === 9) await new Promise((resume) => setTimeout(resume, 10_000 / perSecond));
  }
  return Promise.all(posted);
}
