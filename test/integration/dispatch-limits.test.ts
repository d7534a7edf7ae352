// What arms really get over HTTP from a whole comparator: no more than the budget, each over connections of its own, once, marked, and
// without anything that was production's alone.
import { mkdtempSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { App } from '../../src/app/parts.ts';
import { createApp } from '../../src/app.ts';
import { checkConfigText } from '../../src/config/load.ts';
import { systemClock } from '../../src/io/clock.ts';
import { createLog } from '../../src/io/log.ts';
import type { ArmView, RunView } from '../../src/pipeline/view-types.ts';
import { exchangeOf } from '../support/comparator.ts';

interface Arm {
  readonly url: string;
  readonly seen: IncomingMessage[];
  mostOpen: number;
}

const answer = JSON.stringify({
  model_version: 'a1',
  outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }],
});
const opened: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function startArm(reply: (response: ServerResponse) => void): Promise<Arm> {
  let open = 0;
  const seen: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    if (request.method === 'GET') return void response.end('{}');
    seen.push(request);
    arm.mostOpen = Math.max(arm.mostOpen, ++open);
    response.on('close', () => open--);
    request.resume().on('end', () => reply(response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const arm = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen, mostOpen: 0 };
  opened.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return arm;
}

async function startComparator(arms: Readonly<Record<string, Arm>>, budget: string): Promise<App> {
  const directory = mkdtempSync(join(tmpdir(), 'penumbra-dispatch-'));
  const targets = Object.entries(arms).map(([name, { url }]) => `${name}: {target: {url: "${url}"}, deadline: 3s}`);
  const text = `service: test
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: p, label: above 0.5}}
bucket: 200ms
experiments:
  trial:
    arms: {${targets.join(', ')}}
    expect: {candidate.late: {flip: at most 5%}}
    budget: ${budget}
    warmUp: 0
    start: with serve
store: {path: ./penumbra.db}
`;
  const { config, errors } = checkConfigText(text, { env: {}, directory });
  if (config === null) throw new Error(errors.map(({ message }) => message).join('\n'));
  const log = createLog('silent');
  const app = createApp({ config, clock: systemClock, log, env: {}, version: 'test', sources: [] });
  opened.push(() => app.stop());
  await app.start();
  await until(app, ({ state }) => state === 'RUNNING');
  return app;
}

async function until(app: App, isSo: (run: RunView) => boolean): Promise<RunView> {
  for (;;) {
    const run = app.comparator.runs()[0];
    if (run !== undefined && isSo(run)) return run;
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

const headers = {
  authorization: 'Bearer production',
  cookie: 'session=1',
  'content-type': 'application/json',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'a=1',
  'x-forwarded-for': '10.0.0.1',
};

/** All at once: a second's worth of the budget is there, and what flows in meanwhile. Says how many seconds that was, rounded up. */
function deliver(app: App, { from, count, bytes = 0 }: { from: number; count: number; bytes?: number }): number {
  const startedMs = performance.now();
  for (let n = from; n < from + count; n++) {
    const place = { arrivedAt: Date.now(), feature: n };
    app.comparator.submit(exchangeOf({ id: `x${n}`, headers, bytes }, place));
  }
  return Math.ceil((performance.now() - startedMs) / 1000);
}

const armOf = (run: RunView, name: string): ArmView => run.arms.find((arm) => arm.name === name) as ArmView;
const isSettled = (received: number) => (run: RunView) =>
  run.arms.every(({ conservation }) => conservation.received === received && conservation.inFlight === 0);

it('keeps rate, open calls and size, arm by arm; what is over is counted and not sent', async () => {
  const candidate = await startArm((response) => void setTimeout(() => response.end(answer), 300));
  const control = await startArm(() => {});
  const app = await startComparator(
    { control, candidate },
    '{requests: 12 per second, inFlight: 5, body: 1KiB, bytes: 1MiB per second, total: 1000}',
  );
  deliver(app, { from: 0, count: 3, bytes: 2000 });
  const seconds = deliver(app, { from: 3, count: 40 });
  const run = await until(app, isSettled(43));
  for (const [name, arm] of Object.entries({ control, candidate })) {
    const { conservation, statuses } = armOf(run, name);
    expect(conservation.skipped.too_large).toBe(3);
    expect(conservation.compared).toBeGreaterThanOrEqual(12);
    expect(conservation.compared).toBeLessThanOrEqual(12 + 12 * seconds);
    expect(conservation.skipped.budget).toBe(40 - conservation.compared);
    expect(arm.mostOpen).toBe(5);
    // One that hangs keeps nobody else waiting.
    expect(statuses).toEqual(
      name === 'control' ? { timeout: conservation.compared } : { ok: 5, timeout: conservation.compared - 5 },
    );
  }
  expect(candidate.seen).toHaveLength(5);
});

it('keeps bytes per second', async () => {
  const candidate = await startArm((response) => void response.end(answer));
  const app = await startComparator({ candidate }, '{inFlight: 100, body: 1KiB, bytes: 4KiB per second}');
  const seconds = deliver(app, { from: 0, count: 20, bytes: 800 });
  const { conservation } = armOf(await until(app, isSettled(20)), 'candidate');
  expect(conservation.compared).toBeGreaterThanOrEqual(4);
  expect(conservation.compared).toBeLessThanOrEqual(5 + 5 * seconds);
  expect(candidate.seen).toHaveLength(conservation.compared);
});

it('marks every copy, and sends none of production’s headers but those that say how to read it', async () => {
  const candidate = await startArm((response) => void response.end(answer));
  const app = await startComparator({ candidate }, '{requests: 100 per second}');
  deliver(app, { from: 0, count: 1 });
  const run = await until(app, isSettled(1));
  expect(armOf(run, 'candidate').statuses).toEqual({ ok: 1 });
  const sent = candidate.seen[0]?.headers ?? {};
  expect(sent).toMatchObject({ 'x-shadow': `${run.id}/candidate`, 'x-request-id': 'shadow-x0', tracestate: 'a=1' });
  expect(sent.traceparent).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$/);
  const ofThisCall = ['connection', 'content-length', 'host'];
  const ofPenumbra = ['baggage', 'ce-id', 'traceparent', 'tracestate', 'x-request-id', 'x-shadow'];
  expect(Object.keys(sent).toSorted()).toEqual([...ofThisCall, ...ofPenumbra, 'content-type'].toSorted());
});

it('follows no redirect and asks nobody twice', async () => {
  const elsewhere = await startArm((response) => void response.end(answer));
  const control = await startArm((response) => void response.writeHead(307, { location: elsewhere.url }).end());
  const candidate = await startArm((response) => void response.destroy());
  const app = await startComparator({ control, candidate }, '{requests: 100 per second}');
  deliver(app, { from: 0, count: 10 });
  const run = await until(app, isSettled(10));
  expect(run.arms.map(({ statuses }) => statuses)).toEqual([{ error: 10 }, { error: 10 }]);
  expect([control.seen.length, candidate.seen.length, elsewhere.seen.length]).toEqual([10, 10, 0]);
});
