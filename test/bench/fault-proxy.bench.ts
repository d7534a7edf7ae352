// What the fault proxy costs and how exact it is: throughput beside a plain TCP relay (as a ratio, target 0.8), added
// latency at the median (target: within 5 ms + 2 % of what was asked), and ten thousand connections without a leak.
// `tsx test/bench/fault-proxy.bench.ts [--seconds N]`. Each proxy runs in a process of its own; rounds alternate.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { startFaultProxy } from '../../src/faults/proxy/proxy.ts';
import { readFaults } from '../../src/faults/proxy/read-faults.ts';
import { settingsForTest } from '../support/fault-proxy.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    role: { type: 'string' },
    upstream: { type: 'string', default: '0' },
  },
});

const rounds = 5;

/** The child: a plain relay, or the proxy under test. */
async function play(role: string, upstreamPort: number): Promise<void> {
  if (role === 'relay') {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
      const upstream = connect({ port: upstreamPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
      pass(client, upstream);
      pass(upstream, client);
    });
    process.on('message', () => process.send?.(process.cpuUsage()));
    process.send?.({ port: await listenOnFreePort(server) });
    return;
  }
  const protocol = role === 'tcp' ? 'tcp' : 'http';
  const proxy = await startFaultProxy({
    ...settingsForTest,
    protocol,
    upstream: { host: '127.0.0.1', port: upstreamPort },
    caps: { requestsPerSecond: 1e9, connections: 1e6, inFlight: 1e6 },
  });
  process.on('message', (message: { faults?: unknown[]; memory?: true }) => {
    if (message.faults) {
      proxy.setFaults(readFaults(message.faults, { protocol, hasStandby: false }), { leaseMs: null });
      process.send?.({ done: true });
    } else if (!message.memory) {
      process.send?.(process.cpuUsage());
    } else {
      const sockets = process.getActiveResourcesInfo().filter((kind) => /TCPSocket|Timeout/.test(kind)).length;
      process.send?.({ rssBytes: process.memoryUsage().rss, sockets, load: proxy.state().upstreamLoad });
    }
  });
  process.send?.({ port: proxy.address.port });
}

function pass(from: Socket, to: Socket): void {
  from.on('data', (bytes) => {
    if (!to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
  from.on('close', () => to.destroy());
}

async function main(): Promise<void> {
  const seconds = Number(values.seconds);
  const answers = { small: answerOf(200), large: answerOf(1024 * 1024) };
  const store = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => socket.write(bytes.includes('/large') ? answers.large : answers.small));
  });
  const upstream = await listenOnFreePort(store);
  const roles = ['relay', 'http', 'tcp'] as const;
  const children = await Promise.all(roles.map((role) => start(role, upstream)));
  const [relay, http, tcp] = children as [Child, Child, Child];
  for (const [path, size, connections] of [
    ['/small', answers.small.length, 16],
    ['/large', answers.large.length, 4],
  ] as const) {
    const load = { path, size, connections, seconds };
    await compare(path, { relay, beside: { http, tcp }, load });
  }
  await exactness('http', http);
  await exactness('tcp', tcp);
  await connections(http);
  for (const { child } of children) child.kill();
  store.close();
}

function answerOf(bytes: number): Buffer {
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`),
    Buffer.alloc(bytes, 'x'),
  ]);
}

interface Child {
  readonly child: ChildProcess;
  readonly port: number;
}

async function start(role: string, upstream: number): Promise<Child> {
  const child = fork(import.meta.filename, ['--role', role, '--upstream', String(upstream)], {
    execArgv: ['--import', 'tsx'],
  });
  const [{ port }] = (await once(child, 'message')) as [{ port: number }];
  return { child, port };
}

async function tell<Answer>({ child }: Child, message: object): Promise<Answer> {
  child.send(message);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

interface Load {
  readonly path: string;
  readonly size: number;
  readonly connections: number;
  readonly seconds: number;
}

interface Speed {
  readonly perSecond: number;
  /** Of the process in the middle, per request: what is left to compare when the machine is busy with others. */
  readonly cpuMicroseconds: number;
}

async function speedOf(child: Child, load: Load): Promise<Speed> {
  const before = await tell<NodeJS.CpuUsage>(child, {});
  const { answered, perSecond } = await throughput(child.port, load);
  const after = await tell<NodeJS.CpuUsage>(child, {});
  const used = after.user + after.system - before.user - before.system;
  return { perSecond, cpuMicroseconds: used / answered };
}

/** Each connection asks again once it was answered. */
async function throughput(
  port: number,
  { path, size, connections, seconds }: Load,
): Promise<{ answered: number; perSecond: number }> {
  const question = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: store:7000\r\nAccept: */*\r\nX-Request-Id: r1\r\n\r\n`);
  const untilMs = performance.now() + seconds * 1000;
  let answered = 0;
  const one = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(question));
      let seen = 0;
      socket.on('data', ({ length }) => {
        seen += length;
        if (seen < size) return;
        seen = 0;
        answered++;
        if (performance.now() < untilMs) socket.write(question);
        else socket.destroy();
      });
      socket.once('close', () => resolve());
    });
  const startedMs = performance.now();
  await Promise.all(Array.from({ length: connections }, one));
  return { answered, perSecond: (answered * 1000) / (performance.now() - startedMs) };
}

async function compare(
  title: string,
  { relay, beside, load }: { relay: Child; beside: Readonly<Record<string, Child>>; load: Load },
): Promise<void> {
  const names = Object.keys(beside);
  const rates: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  const costs: Record<string, number[]> = Object.fromEntries(names.map((name) => [name, []]));
  let best = 0;
  for (let round = 0; round <= rounds; round++) {
    const plain = await speedOf(relay, load);
    for (const [name, child] of Object.entries(beside)) {
      const speed = await speedOf(child, load);
      // The first round warms up.
      if (round === 0) continue;
      rates[name]?.push(speed.perSecond / plain.perSecond);
      costs[name]?.push(plain.cpuMicroseconds / speed.cpuMicroseconds);
    }
    best = Math.max(best, plain.perSecond);
  }
  const shown = names.map(
    (name) =>
      `${name} ${median(rates[name] ?? []).toFixed(2)} (by processor time ${median(costs[name] ?? []).toFixed(2)})`,
  );
  console.log(`throughput ${title}: ${shown.join(', ')} of a plain relay's, which is ${Math.round(best)} requests/s`);
}

async function exactness(name: string, child: Child): Promise<void> {
  const asked = async (): Promise<number> => {
    const startedMs = performance.now();
    const socket = connect({ port: child.port, host: '127.0.0.1', noDelay: true });
    socket.write('GET /small HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    return performance.now() - startedMs;
  };
  const p50 = async (): Promise<number> => {
    const all: number[] = [];
    for (let batch = 0; batch < 10; batch++) all.push(...(await Promise.all(Array.from({ length: 4 }, asked))));
    return median(all);
  };
  const plain = await p50();
  for (const delayMs of [5, 50, 200, 800]) {
    await tell(child, { faults: [{ latency: `${delayMs}ms` }] });
    const addedMs = (await p50()) - plain;
    const slackMs = 5 + 0.02 * delayMs;
    const isWithin = Math.abs(addedMs - delayMs) <= slackMs;
    console.log(
      `latency ${name} ${delayMs} ms: ${addedMs.toFixed(1)} ms added at the median, ${isWithin ? 'within' : 'NOT within'} ± ${slackMs} ms`,
    );
  }
  await tell(child, { faults: [] });
}

async function connections(child: Child): Promise<void> {
  interface Standing {
    readonly rssBytes: number;
    readonly sockets: number;
    readonly load: { readonly inFlight: number; readonly connections: number };
  }
  const open = async (): Promise<void> => {
    const socket = connect({ port: child.port, host: '127.0.0.1' });
    socket.on('error', () => undefined);
    socket.write('GET /small HTTP/1.1\r\nHost: x\r\n\r\n');
    socket.once('data', () => socket.destroy());
    // Not by `once`, which rejects for a reset: that is one of the endings here.
    await new Promise((resolve) => socket.once('close', resolve));
  };
  await tell(child, {
    faults: [
      { latency: '1ms', share: '10%' },
      { reset: 'request', share: '5%' },
    ],
  });
  const wave = async (): Promise<Standing> => {
    for (let batch = 0; batch < 50; batch++) await Promise.all(Array.from({ length: 100 }, open));
    await new Promise((resolve) => setTimeout(resolve, 200));
    return tell<Standing>(child, { memory: true });
  };
  const startedMs = performance.now();
  const before = await wave();
  const after = await wave();
  const grownMiB = (after.rssBytes - before.rssBytes) / 1024 / 1024;
  const left = `${after.sockets - before.sockets} sockets and timers more, ${after.load.connections} upstream connections, ${after.load.inFlight} in flight`;
  console.log(
    `10,000 connections in ${((performance.now() - startedMs) / 1000).toFixed(1)} s; between the first and the second 5,000: ${grownMiB.toFixed(1)} MiB, ${left}`,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (values.role === undefined) await main();
else await play(values.role, Number(values.upstream));
