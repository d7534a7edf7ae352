// A whole comparator on a Kafka topic, in a process of its own, for a test that kills it: says again and again what it has counted.
// Usage: killable-kafka-comparator DATABASE BROKER TOPIC
import type { FastifyBaseLogger } from 'fastify';
import type { App } from '../../src/app/parts.ts';
import { createApp } from '../../src/app.ts';
import { systemClock } from '../../src/io/clock.ts';
import { openKafka } from '../../src/io/kafka/kafka-log.ts';
import { createJoin } from '../../src/io/sources/join.ts';
import { kafka } from '../../src/io/sources/kafka.ts';
import { configForTest } from './comparator.ts';
import { createScriptedTarget } from './scripted-target.ts';

const [path, broker, topic] = process.argv.slice(2);
if (path === undefined || broker === undefined || topic === undefined) throw new Error('requires three arguments');

const quiet = (): void => {};
const error = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};
const log = { debug: quiet, info: quiet, warn: quiet, error } as unknown as FastifyBaseLogger;
const clock = systemClock;
const connection = { where: 'source.kafka', brokers: [broker], clientId: 'test', tls: null, sasl: null };
const source = kafka.create({ topic, group: topic, from: 'beginning', deadLetter: `${topic}-dead` })({
  clock,
  log,
  join: createJoin({ withinMs: 1000, maxBytes: 1 << 20, unanswered: 'lost' }, { clock }),
  isInference: () => true,
  onOwnCall: quiet,
  load: () => app.load(),
  kafka: openKafka(connection, { clock, log, sessionMs: 1000, endEveryMs: 100 }),
});
const app: App = createApp({
  config: configForTest(
    {
      arms: { control: '', candidate: '' },
      expect: { 'candidate.late': 'flip: at most 50%, required: false' },
      deadline: '50ms',
      top: { bucket: '200ms', joinDeadline: '1s' },
    },
    path,
  ),
  clock,
  log,
  env: {},
  version: 'test',
  sources: [source],
  openTarget: async () => createScriptedTarget({ clock, asked: [], answers: () => ({ score: 0.9 }) }),
});
await app.start();
setInterval(() => process.stdout.write(`${JSON.stringify(source.seen?.())}\n`), 100);
