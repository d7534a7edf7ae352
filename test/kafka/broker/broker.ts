// A real Apache Kafka: one KRaft node from its own jars, on free ports of the loopback, with its data in a folder of its own. It can be
// killed, frozen and started again on the same data and ports.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKafkaClient } from '../../../src/io/kafka/client.ts';
import { freePort } from '../../support/free-port.ts';
import { fetchClasspath, logSettingsFile } from './artifacts.ts';
import { type Guard, type GuardedPorts, scramWords } from './guard.ts';
import { brokerProperties } from './properties.ts';

export interface Broker {
  /** host:port, for clients. */
  readonly address: string;
  /** Of the listeners that ask for something; null without a guard. */
  readonly guarded: GuardedPorts | null;
  readonly pid: () => number | null;
  /** SIGTERM, and the data goes. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays. */
  kill(): Promise<void>;
  /** On the same data and ports. */
  start(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze(): void;
  thaw(): void;
}

export interface BrokerOptions {
  readonly fetchWithinMs?: number;
  readonly startWithinMs?: number;
  readonly guard?: Guard;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** @throws Error when Java, Maven or the jars cannot be had, or the broker does not answer in time */
export async function startBroker({
  fetchWithinMs = 300_000,
  startWithinMs = 60_000,
  guard,
}: BrokerOptions = {}): Promise<Broker> {
  const classpath = await fetchClasspath({ withinMs: fetchWithinMs });
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-kafka-'));
  const ports = { broker: await freePort(), controller: await freePort() };
  const guarded = guard === undefined ? null : { guard, ports: await guardedPorts() };
  const settings = join(folder, 'server.properties');
  writeFileSync(settings, brokerProperties(join(folder, 'data'), ports, guarded));
  const java = (...words: string[]): ChildProcess => runJava(classpath, { words, folder });
  const secrets = guard === undefined ? [] : scramWords(guard);
  const format = ['kafka.tools.StorageTool', 'format', '-t', 'cGVudW1icmEta2Fma2ExMg', '-c', settings, ...secrets];
  await formatted(java(...format), folder);
  const address = `127.0.0.1:${ports.broker}`;
  let server: ChildProcess | null = null;
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const ending = server;
    server = null;
    if (ending && isRunning(ending)) {
      ending.kill('SIGCONT');
      ending.kill(signal);
      await once(ending, 'close');
    }
  };
  const endWithUs = (): void => void server?.kill('SIGKILL');
  process.once('exit', endWithUs);
  const start = async (): Promise<void> => {
    server = java('kafka.Kafka', settings);
    await answering(server, { address, folder, withinMs: startWithinMs });
  };
  const broker: Broker = {
    address,
    guarded: guarded?.ports ?? null,
    pid: () => server?.pid ?? null,
    start,
    stop: async () => {
      await end('SIGTERM');
      process.off('exit', endWithUs);
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end('SIGKILL'),
    freeze: () => void server?.kill('SIGSTOP'),
    thaw: () => void server?.kill('SIGCONT'),
  };
  try {
    await start();
  } catch (thrown) {
    await broker.stop();
    throw thrown;
  }
  return broker;
}

async function guardedPorts(): Promise<GuardedPorts> {
  return { login: await freePort(), mutual: await freePort(), bareLogin: await freePort() };
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

function runJava(classpath: string, { words, folder }: { words: readonly string[]; folder: string }): ChildProcess {
  const output = openSync(join(folder, 'java.log'), 'a');
  // Quick to start rather than fast in the long run.
  const settings = [
    '-Xmx512m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    `-Dlog4j.configuration=file:${logSettingsFile}`,
  ];
  const child = spawn('java', [...settings, '-cp', classpath, ...words], { stdio: ['ignore', output, output] });
  child.on('error', () => undefined);
  return child;
}

const saidBy = (folder: string): string => readFileSync(join(folder, 'java.log'), 'utf8').trim().slice(-2000);

async function formatted(tool: ChildProcess, folder: string): Promise<void> {
  if (tool.pid === undefined) throw new Error('java is not installed');
  const [code] = await once(tool, 'close');
  if (code !== 0) throw new Error(`Kafka's data folder cannot be made: ${saidBy(folder)}`);
}

interface Expectation {
  readonly address: string;
  readonly folder: string;
  readonly withinMs: number;
}

/** Until the listener is open and a client is told the topics. */
async function answering(server: ChildProcess, { address, folder, withinMs }: Expectation): Promise<void> {
  const deadline = performance.now() + withinMs;
  const client = createKafkaClient(
    { where: 'source.kafka', brokers: [address], clientId: 'test', tls: null, sasl: null },
    { log: quiet },
  );
  try {
    for (;;) {
      if (!isRunning(server)) throw new Error(`Kafka ended: ${saidBy(folder)}`);
      if (performance.now() > deadline)
        throw new Error(`Kafka did not answer within ${withinMs / 1000} s: ${saidBy(folder)}`);
      if ((await isOpen(address)) && (await client.topics().catch(() => null)) !== null) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    await client.close();
  }
}

function isOpen(address: string): Promise<boolean> {
  const [host = '', port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect(Number(port), host, () => resolve(true));
    socket.on('connect', () => socket.destroy());
    socket.on('error', () => resolve(false));
  });
}
