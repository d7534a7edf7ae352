// A real broker that asks for TLS and a login: with the right ones everything connects; with wrong ones each part says what is wrong, which
// line of the config, and what is allowed; and the password stands nowhere.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import type { KafkaConnection } from '../../src/io/kafka/connection.ts';
import { openKafka } from '../../src/io/kafka/kafka-log.ts';
import type { KafkaLog } from '../../src/io/kafka/port.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { exchangeOf, quick, startServe } from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';
import { type Broker, startBroker } from './broker/broker.ts';
import { type Certificates, makeCertificates } from './broker/certificates.ts';
import type { GuardedPorts } from './broker/guard.ts';
import { connectTo, quietLog } from './broker/shared-address.ts';
import { until } from './port-laws.ts';
import { makeTopic } from './scale/world.ts';

const username = 'penumbra';
const password = 'canary-of-kafka-7f3a';
const wrong = 'canary-that-is-wrong-7f3a';
const env = { KAFKA_PASSWORD: password, WRONG_PASSWORD: wrong };

let broker: Broker;
let ports: GuardedPorts;
let files: Certificates;
let open: KafkaLog;
const shadows: ShadowServer[] = [];

beforeAll(async () => {
  files = makeCertificates(mkdtempSync(join(tmpdir(), 'penumbra-certificates-')));
  broker = await startBroker({ guard: { certificates: files, username, password } });
  ports = broker.guarded as GuardedPorts;
  open = connectTo(broker.address);
});
afterEach(async () => {
  endProcesses();
  await Promise.all(shadows.splice(0).map((shadow) => shadow.close()));
});
afterAll(async () => {
  await open?.close();
  await broker?.stop();
});

const at = (port: number): string => `127.0.0.1:${port}`;

/** The way there as a section of the config has it. */
function access({ port = ports.login, tls = `{ca: "${files.ca}"}`, mechanism = 'scram-sha-256', from = 'KAFKA' } = {}) {
  const sasl = `{mechanism: ${mechanism}, username: ${username}, password: "\${env:${from}_PASSWORD}"}`;
  return `brokers: ["${at(port)}"], tls: ${tls}, sasl: ${sasl}`;
}

async function pour(topic: string, count: number): Promise<void> {
  const records = Array.from({ length: count }, () => exchangeOf());
  await open.produce(
    topic,
    records.map(({ id, ...rest }) => ({ key: id, value: JSON.stringify({ id, arrivedAt: Date.now(), ...rest }) })),
  );
}

const configFor = (way: string, shadowUrl = 'http://127.0.0.1:8'): string => `service: guarded
production: {url: "http://127.0.0.1:9", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {d: {output: "probabilities[:,1]", label: above 0.5}}
bucket: 200ms
joinDeadline: 6s
store: {path: ./penumbra.db}
api: {listen: "127.0.0.1:0"}
${way}
experiments:
  steady:
    arms: {candidate: {target: {url: "${shadowUrl}"}, deadline: 5s}}
    expect: {candidate.d: {flip: at most 20%}}
    start: with serve
${quick}
`;

it('source and alerts: the right login reads and writes, wrong ones are told, and no password is', async () => {
  await makeTopic(open, 'guarded', 2);
  await makeTopic(open, 'alerts', 1);
  const shadow = await startShadow(answering({ change: (score) => 1 - score, version: 'v2' }));
  shadows.push(shadow);
  const more = `source: {kafka: {${access()}, topic: guarded, from: beginning, deadLetter: not-there-yet}}
alerts:
  - {kafka: {${access({ mechanism: 'plain' })}, topic: alerts}}
  - {kafka: {${access({ from: 'WRONG' })}, topic: alerts-of-others}}
  - {kafka: {${access({ tls: `{ca: "${files.strangersCa}"}` })}, topic: alerts-of-strangers}}`;
  const started = await startServe(configFor(more, shadow.url), { env });
  const { client, process, configFile, folder } = started;
  const alerts: string[] = [];
  const reader = await open.readFrom({
    topic: 'alerts',
    from: new Map([[0, 0]]),
    onBatch: async ({ records }) => void alerts.push(...records.map(({ value }) => String(Buffer.from(value ?? [])))),
  });
  await pour('guarded', 60);
  await until(() => alerts.length > 0);
  await until(() => (process.stderr().match(/"msg":"alerts not delivered"/g) ?? []).length >= 2);
  await reader.stop();
  expect(alerts.join()).toContain('candidate');
  expect(process.stderr()).toContain(
    `${at(ports.login)} refused the login of \\"penumbra\\" by scram-sha-256: alerts[1].kafka.sasl requires a username and a password that the brokers know`,
  );
  expect(process.stderr()).toContain('alerts[2].kafka.tls requires {ca: FILE} with the PEM of the authority that');
  const health = (await client.call('GET', '/v1/health')).body;
  expect(health.seen.kafka).toMatchObject({ exchanges: 60, crashes: 0 });
  const openapi = (await client.call('GET', '/openapi.json')).body;
  const paths = Object.entries(openapi.paths as Record<string, object>).filter(([, acts]) => 'get' in acts);
  const told = await Promise.all(
    [...paths.map(([path]) => path), '/metrics', '/openapi.json']
      .filter((path) => !path.includes('{') && path !== '/v1/events')
      .map(async (path) => [path, (await client.call('GET', path)).text]),
  );
  expect(told.length).toBeGreaterThan(5);
  const effective = await runPenumbra(['validate', '--effective', configFile], { env });
  expect(effective).toMatchObject({ code: 0, stdout: expect.stringContaining('WRONG_PASSWORD') });
  const doctor = await runPenumbra(['doctor', configFile], { env });
  expect(doctor.stdout).toMatch(
    /^ok +source\.kafka: topic guarded has 2 partitions and 60 records; \d+ wait for group penumbra/m,
  );
  expect(doctor.stdout).toMatch(/^doubtful +source\.kafka\.deadLetter: topic not-there-yet is not there/m);
  expect(doctor.stdout).toMatch(/^ok +alerts\[0\]\.kafka: topic alerts has 1 partition and \d+ records$/m);
  expect(doctor.stdout).toMatch(/^WRONG +alerts\[1\]\.kafka: .* refused the login of "penumbra"/m);
  expect(doctor.stdout).toMatch(/^WRONG +alerts\[2\]\.kafka: .* is not trusted/m);
  expect(await process.end('SIGTERM')).toBe(0);
  const stored = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]);
  const words = [process.stderr(), process.stdout(), told, stored, alerts, effective, doctor];
  expect(JSON.stringify(words)).not.toContain('canary-');
});

it('scale: the right login judges and compares', async () => {
  await makeTopic(open, 'scaled', 2);
  const shadow = await startShadow();
  shadows.push(shadow);
  const names = 'exchanges: scaled, counts: scaled-counts, control: scaled-control, group: scaled, from: beginning';
  const more = `scale: {${access()}, ${names}, idle: 1s}`;
  await pour('scaled', 40);
  const { client, process } = await startServe(configFor(more, shadow.url), { env });
  const received = async () => (await client.call('GET', '/v1/runs')).body.runs[0]?.conservation.received ?? 0;
  await expect.poll(received).toBe(40);
  expect(await process.end('SIGTERM')).toBe(0);
  expect(process.stderr() + process.stdout()).not.toContain('canary-');
});

it('what is wrong ends the start, with one line that says how to mend it', async () => {
  const source = (way: string): string => `source: {kafka: {${way}, topic: any}}`;
  const wrongs = [
    [source(access({ from: 'WRONG' })), 'refused the login of "penumbra" by scram-sha-256: source.kafka.sasl requires'],
    [source(`brokers: ["${at(ports.login)}"]`), 'speaks TLS and source.kafka.tls is not set: it requires true'],
    [
      `scale: {${access({ tls: 'true' })}, exchanges: any}`,
      'is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE): scale.tls',
    ],
  ] as const;
  const ended = await Promise.all(
    wrongs.map(async ([way, expected]) => {
      const file = join(mkdtempSync(join(tmpdir(), 'penumbra-guarded-')), 'penumbra.yaml');
      writeFileSync(file, configFor(way));
      const { code, stdout, stderr } = await runPenumbra(['serve', '--config', file, '--log-level', 'trace'], { env });
      return { expected, code, out: stdout + stderr };
    }),
  );
  for (const { expected, code, out } of ended) {
    expect([code, /^serve: .*$/m.exec(out)?.[0]]).toEqual([1, expect.stringContaining(expected)]);
    expect(out).not.toContain('broke off');
    expect(out).not.toContain('canary-');
  }
});

it('every other mismatch has its line too', async () => {
  const [ca, cert, key] = [files.ca, files.clientCert, files.clientKey].map((file) => readFileSync(file, 'utf8'));
  const trusted = { ca: ca as string, cert: null, key: null };
  const scram = { mechanism: 'scram-sha-256', username, password } as const;
  const login = [at(ports.login)];
  const mutual = [at(ports.mutual)];
  const cases: [Partial<KafkaConnection>, string | null, string?][] = [
    [{ brokers: login, tls: trusted, sasl: { ...scram, mechanism: 'plain' } }, null],
    [{ brokers: mutual, tls: { ...trusted, cert: cert as string, key: key as string } }, null],
    [{ brokers: [at(ports.bareLogin)], sasl: { ...scram, mechanism: 'plain' } }, null],
    [{ brokers: login, tls: trusted }, 'x.sasl', 'mechanism plain or scram-sha-256'],
    [
      { brokers: login, tls: trusted, sasl: { ...scram, mechanism: 'scram-sha-512' } },
      'x.sasl.mechanism',
      'requires plain or',
    ],
    [{ brokers: mutual, tls: trusted }, 'x.tls', 'asks for a certificate of this client'],
    [{ brokers: [broker.address], tls: trusted }, 'x.tls', 'speaks no TLS'],
    [{ brokers: [broker.address], sasl: scram }, 'x.sasl', 'asks for no login'],
    [{ brokers: [at(ports.bareLogin)] }, 'x.sasl', 'mechanism plain'],
  ];
  await makeTopic(open, 'cases', 1);
  await Promise.all(
    cases.map(async ([given, where, words = '']) => {
      const connection = { where: 'x', clientId: 'test', brokers: [], tls: null, sasl: null, ...given };
      const log = openKafka(connection, { clock: systemClock, log: quietLog });
      const asked = await log.boundsOf('cases').catch((thrown: unknown) => thrown);
      await log.close();
      if (where === null) expect(asked).toEqual(new Map([[0, { firstOffset: 0, endOffset: 0 }]]));
      else expect(asked).toMatchObject({ code: 'KAFKA_REFUSED', where, message: expect.stringContaining(words) });
    }),
  );
});
