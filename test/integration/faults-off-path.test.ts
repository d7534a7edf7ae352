// Nothing that penumbra breaks reaches production: every perturbation and every fault that happens to requests is run through a whole
// comparator behind a real tap, and production's own sockets saw the clients' bytes and not one byte more.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyBaseLogger } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { App } from '../../src/app/parts.ts';
import { createApp } from '../../src/app.ts';
import { checkConfigText } from '../../src/config/load.ts';
import { perturbations } from '../../src/core/perturb/index.ts';
import { faults } from '../../src/faults/index.ts';
import { createTapSource, type TapSource } from '../../src/io/sources/tap.ts';
import type { Tap } from '../../src/tap/tap.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { silentLog, startTapAt, systemClock, until } from '../support/tap-bench.ts';

const inputs = `
  - {name: speed, at: "f[0]", range: [0, 200], default: 1, spread: 20}
  - {name: height, at: "f[1]", range: [0, 5000], default: 7, spread: 100}
  - {name: key, type: string}
  - {name: taste}`;

/** By kind, as a config writes it. The other version that `swap` goes to is a shadow, too. */
const perturbed: Readonly<Record<string, string>> = {
  drop: '{drop: taste}',
  zero: '{zero: [speed, height]}',
  default: '{default: speed}',
  noise: '{noise: speed, ofSpread: 1}',
  scale: '{scale: speed, by: 3.6}',
  shift: '{shift: speed, by: -273.15}',
  null: '{null: speed}',
  clip: '{clip: speed, to: [0, 1]}',
  outOfDomain: '{outOfDomain: speed, side: below}',
  quantize: '{quantize: speed, levels: 4}',
  drift: '{drift: speed, shift: 10, shape: step, over: 1s, start: 2020-01-01T00:00:00Z}',
  stale: '{stale: [speed, height], key: key, requests: 1}',
  skew: '{skew: [speed, height], key: key, requests: 1}',
  permute: '{permute: speed, pool: 10}',
  swap: '{swap: [speed, height]}',
  rotate: '{rotate: taste, degrees: 15}',
};
const broken: Readonly<Record<string, string>> = {
  delay: '{delay: 20ms, jitter: 10ms}',
  abort: '{abort: 50%}',
  hang: '{hang: 50%}',
  truncate: '{truncate: 50%}',
  garble: '{garble: 5}',
  loseRows: '{loseRows: 50%}',
  swap: '{swap: {url: URL}, share: 50%}',
};
const requests = 60;

interface Seen {
  readonly arm: string;
  readonly body: string;
  readonly isWhole: boolean;
}

const shadowSeen: Seen[] = [];
const directory = mkdtempSync(join(tmpdir(), 'penumbra-off-path-'));
const production = { received: [] as Buffer[], connections: 0 };
const sent: Buffer[] = [];
const open = new Set<Socket>();
const arms = [...Object.keys(perturbed).map((kind) => `p-${kind}`), ...Object.keys(broken).map((kind) => `f-${kind}`)];
const seenBy = (arm: string): readonly Seen[] => shadowSeen.filter((one) => one.arm === arm);
let productionServer: Server;
let source: TapSource;
let tap: Tap;
let app: App;
let problems: unknown[] = [];

const answer = JSON.stringify({
  model_name: 'm',
  model_version: 'v1',
  outputs: [{ name: 'p', shape: [2, 1], datatype: 'FP64', data: [0.9, 0.9] }],
});
const answerBytes = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`;

/** Writes down every byte of every connection, and answers when a request is whole. */
function startProduction(): Server {
  return createTcpServer((socket) => {
    open.add(socket);
    production.connections += 1;
    let pending = '';
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      production.received.push(chunk);
      pending += chunk.toString('latin1');
      const headEnd = pending.indexOf('\r\n\r\n');
      const length = Number(/content-length: (\d+)/.exec(pending)?.[1]);
      if (headEnd < 0 || pending.length < headEnd + 4 + length) return;
      pending = pending.slice(headEnd + 4 + length);
      socket.write(answerBytes);
    });
  });
}

function onShadow(message: IncomingMessage, reply: ServerResponse): void {
  const chunks: Buffer[] = [];
  const arm = String(message.headers['x-shadow']).split('/')[1] ?? '';
  const end = (isWhole: boolean): void => {
    if (message.method === 'POST') shadowSeen.push({ arm, body: Buffer.concat(chunks).toString('utf8'), isWhole });
  };
  message.on('error', () => undefined);
  message.on('data', (chunk: Buffer) => chunks.push(chunk));
  message.on('close', () => message.complete || end(false));
  message.on('end', () => {
    end(true);
    const about = JSON.stringify({ name: 'm', versions: ['v1'], platform: '', inputs: [], outputs: [] });
    reply.setHeader('content-type', 'application/json').end(message.method === 'GET' ? about : answer);
  });
}

function requestOf(index: number): Buffer {
  const rows = [0, 1].flatMap((row) => [100 + index + row / 2, 2000 + 3 * index + row]);
  const tensors = [
    { name: 'f', shape: [2, 2], datatype: 'FP64', data: rows },
    { name: 'key', shape: [2, 1], datatype: 'BYTES', data: [`e${index % 3}`, `e${index % 3}`] },
    { name: 'taste', shape: [2, 3], datatype: 'FP32', data: [1, index, 2, 3, index, 5] },
  ];
  const body = JSON.stringify({ inputs: tensors });
  const head = `POST /v2/models/m/infer HTTP/1.1\r\nhost: model\r\ncontent-type: application/json\r\nx-request-id: r-${index}\r\n`;
  return Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${body}`);
}

/** One request after the other on one connection; the next goes out when the answer is whole. */
async function sendAll(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  for (let index = 0; index < requests; index++) {
    const bytes = requestOf(index);
    sent.push(bytes);
    socket.write(bytes);
    await until(() => received.length === (index + 1) * answerBytes.length);
  }
  socket.end();
  return received;
}

function configText(shadowUrl: string, productionPort: number): string {
  const arm = (name: string, keys: string): string =>
    `      ${name}: {target: {url: "${shadowUrl}"}, deadline: 2s, ${keys}}`;
  const lines = [
    ...Object.entries(perturbed).map(([kind, use]) => arm(`p-${kind}`, `perturb: [${use}]`)),
    ...Object.entries(broken).map(([kind, use]) =>
      arm(`f-${kind}`, `faults: [${use.replace('URL', `"${shadowUrl}/v2/models/other/infer"`)}]`),
    ),
  ];
  return `service: s
production: {url: "http://127.0.0.1:${productionPort}", protocol: open-inference-v2, slo: {latency: 5s}}
inputs: ${inputs}
decisions: {late: {output: p, label: above 0.5}}
store: {path: ${JSON.stringify(join(directory, 'penumbra.db'))}}
experiments:
  everything:
    arms:
${lines.join('\n')}
    expect: {p-zero.late: {flip: at most 50%}}
    rows: batch
    warmUp: 0
    budget: {requests: 10000 per second, inFlight: 10000}
    stopWhen: [production.errors above 50%]
`;
}

beforeAll(async () => {
  productionServer = startProduction();
  const productionPort = await listenOnFreePort(productionServer);
  const shadow = createServer(onShadow);
  const shadowPort = await listenOnFreePort(shadow);
  const linkPath = join(directory, 'tap.sock');
  source = createTapSource({ linkPath, clock: systemClock, log: silentLog });
  const { config, errors } = checkConfigText(configText(`http://127.0.0.1:${shadowPort}`, productionPort), {
    env: {},
    directory,
  });
  if (config === null) throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const log = { ...silentLog, error: (fields: object) => void problems.push(fields) };
  problems = [];
  app = createApp({
    config,
    clock: systemClock,
    log: log as unknown as FastifyBaseLogger,
    env: {},
    version: 'test',
    sources: [source],
  });
  await app.start();
  tap = await startTapAt(productionPort, linkPath);
  await until(() => source.taps().length === 1);
  await until(() => app.comparator.runs()[0]?.state === 'RUNNING');
  const received = await sendAll(tap.address.port);
  expect(received).toBe(answerBytes.repeat(requests));
  // Those whose bytes end early are heard of when their connection closes; some of them never arrive at all.
  await until(() => arms.every((arm) => seenBy(arm).length >= requests / 2));
  await app.stop();
  await tap.stop({ drainMs: 500 });
  shadow.closeAllConnections();
  shadow.close();
});

afterAll(() => {
  for (const socket of open) socket.destroy();
  productionServer.close();
  rmSync(directory, { recursive: true, force: true });
});

describe('faults and perturbations', () => {
  it('reach a shadow: each changed, cut off or redirected what its arm was sent', () => {
    expect(problems).toEqual([]);
    const originals = new Set(sent.map((bytes) => bytes.toString('utf8').split('\r\n\r\n')[1]));
    const untouched = ['f-delay', 'f-swap'];
    for (const arm of arms) {
      const seen = seenBy(arm);
      const changed = seen.filter(({ body, isWhole }) => !isWhole || !originals.has(body)).length;
      expect([arm, changed > requests / 4]).toEqual([arm, !untouched.includes(arm)]);
    }
  });

  it('reach production never: its sockets saw what the clients sent, byte for byte, and nothing else', () => {
    expect(Buffer.concat(production.received).equals(Buffer.concat(sent))).toBe(true);
    expect(production.connections).toBe(1);
    expect(Buffer.concat(production.received).toString('latin1')).not.toContain('x-shadow');
  });

  it('are all here but those that need a file, a process or a proxy', () => {
    const missing = (kinds: readonly { readonly name: string }[], here: object): string[] =>
      kinds.map(({ name }) => name).filter((name) => !Object.hasOwn(here, name));
    expect(missing(perturbations, perturbed)).toEqual(['outdated']);
    expect(missing(faults, broken)).toEqual(['dependency', 'kill', 'oom', 'pause', 'coldStart']);
  });
});
