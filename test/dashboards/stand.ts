// A whole penumbra for the dashboards to look at, small and on loopback: live traffic through the tap, a fault arm behind a slow feature
// store, segments, a watch, a chaos suite and a drill, and a real Prometheus that scrapes it all the while.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { messageOf } from '../../src/errors.ts';
import { closeProxies, httpUpstream } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import { arm, type Client, configOf, quick, startServe } from '../support/serve-process.ts';
import { answering, answerOf, type ShadowServer, scoreIn, startShadow } from '../support/shadow-server.ts';

export interface Stand {
  readonly prometheus: string;
  /** Resolves once everything that dashboards show has happened. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

interface Addresses {
  readonly production: string;
  readonly control: string;
  readonly candidate: string;
  readonly slow: string;
  readonly store: number;
  readonly proxy: number;
  readonly tap: number;
  readonly receiver: number;
}

function configFor({ production, control, candidate, slow, store, proxy, tap, receiver }: Addresses): string {
  const claims = 'flip: at most 10%, silentWrong: at most 10%';
  return configOf({
    production,
    more: `inputs: [{name: x, at: x}]
source: {tap: {listen: "127.0.0.1:${tap}"}}
segments: {origin: {header: x-origin, values: [JFK, LGA, EWR]}}
watch: {grace: 1s, inputs: {allZero: at most 5%}}
alerts: [{webhook: "http://127.0.0.1:${receiver}"}]
drill: {within: 20s, budget: {requests: 100 per second}}
dependencies:
  store: {protocol: http, listen: "127.0.0.1:${proxy}", upstream: "http://127.0.0.1:${store}", slo: {latency: 50ms, errors: 1%}}
chaos:
  versions: {v1: {url: "${control}"}, v2: {url: "${candidate}"}}
  traffic: {live: {maxTime: 40s}, requests: 60}
  features: [x]
  faults: {zeroed: {perturb: [{zero: each}]}, moved: {perturb: [{shift: each, by: 0.4}]}}
  expect: {all: {${claims}}}
  stopWhen: [production.p99 above 2s]
  deadline: 300ms
  warmUp: 0`,
    experiments: `  release:
    arms: {control: ${arm(control)}, candidate: ${arm(candidate)}, slow-store: ${arm(slow, 'faults: [{dependency: store, latency: 150ms, share: 30%}]')}}
    expect:
      control.d: {flip: at most 0.01%}
      candidate.d: {flip: at most 5%}
      candidate.d per origin: {silentWrong: at most 5%}
      slow-store.d: {flip: at most 5%, silentWrong: at most 5%}
    stopWhen: [production.p99 above 2s]
    start: on request
${quick}`,
  });
}

export async function startStand(): Promise<Stand> {
  const servers: ShadowServer[] = [];
  const open = async (...given: Parameters<typeof startShadow>): Promise<string> => {
    const server = await startShadow(...given);
    servers.push(server);
    return server.url;
  };
  const { port: store } = await httpUpstream((_asked, answer) => answer.end('{"features": {}}'));
  const { port: receiver } = await httpUpstream((_asked, answer) => answer.end('{}'));
  const [proxy, tap] = [await freePort(), await freePort()];
  const [production, control] = [await open(answering()), await open(answering())];
  const candidate = await open(answering({ version: 'v2', change: (score) => (score > 0.85 ? 0.1 : score) }));
  const slow = await open(async ({ body, reply, message }) => {
    const score = await askStore(proxy, message.headers).then(
      () => scoreIn(body),
      () => 0,
    );
    reply.setHeader('content-type', 'application/json');
    reply.end(answerOf(score));
  });
  const { client, process: comparator } = await startServe(
    configFor({ production, control, candidate, slow, store, proxy, tap, receiver }),
  );
  const traffic = startTraffic(`http://127.0.0.1:${tap}`);
  const prometheus = await startPrometheus(client.url);
  return {
    prometheus: prometheus.url,
    ready: async () => {
      try {
        await letItHappen(client);
      } catch (thrown) {
        throw new Error(`${messageOf(thrown)}; the comparator's last words: ${comparator.stderr().slice(-2000)}`);
      }
    },
    close: async () => {
      await traffic.stop();
      await prometheus.stop();
      endProcesses();
      await Promise.all(servers.map((server) => server.close()));
      await closeProxies();
    },
  };
}

/** Fails after 100 ms, as a pod that falls back would. */
async function askStore(proxy: number, headers: Readonly<Record<string, unknown>>): Promise<void> {
  const passedOn = ['x-request-id', 'baggage'].map((name) => [name, String(headers[name])]);
  const row = await fetch(`http://127.0.0.1:${proxy}/features/a`, {
    headers: Object.fromEntries(passedOn),
    signal: AbortSignal.timeout(100),
  });
  await row.text();
}

/** Chaos and drill want the comparator for themselves; the run is left active, as dashboards find it. */
async function letItHappen(client: Client): Promise<void> {
  const started = await client.call('POST', '/v1/chaos', {});
  if (started.status !== 201) throw new Error(`no chaos suite was started: ${started.text}`);
  await until('the chaos suite', async () => (await client.call('GET', '/v1/chaos')).body.state !== 'RUNNING');
  const drill = await client.call('POST', '/v1/drills', {});
  if (drill.status >= 300) throw new Error(`no drill was started: ${drill.text}`);
  await until('the drill', async () => (await client.call('GET', `/v1/drills/${drill.body.id}`)).body.result !== null);
  const run = await client.startRun('release');
  await client.until(run.id, ({ arms }) => arms.every(({ conservation }) => conservation.compared > 400), 120_000);
}

async function until(what: string, isSo: () => Promise<boolean>, withinMs = 180_000): Promise<void> {
  for (const startedMs = performance.now(); !(await isSo()); await sleep(200)) {
    if (performance.now() - startedMs > withinMs)
      throw new Error(`${what} had not come to its end after ${withinMs} ms`);
  }
}

/** Sixty requests a second through the tap, on three origins. */
function startTraffic(url: string): { stop(): Promise<void> } {
  const agent = new Agent({ connections: 8 });
  let sent = 0;
  const open = new Set<Promise<unknown>>();
  const ask = async (index: number): Promise<void> => {
    const score = ((index * 37) % 100) / 100 + 0.001;
    const inputs = [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [score + index * 1e-7] }];
    const { body } = await request(`${url}/v2/models/m/infer`, {
      method: 'POST',
      dispatcher: agent,
      headers: {
        'content-type': 'application/json',
        'x-request-id': `dash-${index}`,
        'x-origin': ['JFK', 'LGA', 'EWR'][index % 3] ?? '',
      },
      body: JSON.stringify({ inputs }),
    });
    await body.text();
  };
  const timer = setInterval(() => {
    const asking = ask(sent++).catch(() => undefined);
    open.add(asking);
    void asking.finally(() => open.delete(asking));
  }, 16);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      await agent.close();
    },
  };
}

async function startPrometheus(target: string): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-dashboards-'));
  const port = await freePort();
  writeFileSync(
    join(folder, 'prometheus.yml'),
    `global: {scrape_interval: 1s}
scrape_configs:
  - job_name: penumbra
    static_configs: [{targets: ["${new URL(target).host}"]}]
`,
  );
  const child = spawn(
    'prometheus',
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until(
    'Prometheus’s start',
    () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    20_000,
  );
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
