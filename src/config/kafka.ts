// How a config reaches Kafka: brokers, TLS, SASL with its password as a reference; and the sections that name a topic, `source.kafka`
// and a sink's `kafka`.
import { resolve } from 'node:path';
import { Type } from 'typebox';
import { eventsText, readEvents } from './cloudevents.ts';
import type { EventsConfig, Production, SecretFrom } from './effective.ts';
import { listen, text } from './fields.ts';
import { readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';

export interface KafkaAccess {
  readonly brokers: readonly string[];
  /** PEM files; null: plain TCP. */
  readonly tls: { readonly ca: string | null; readonly cert: string | null; readonly key: string | null } | null;
  readonly sasl: KafkaLogin | null;
}

export interface KafkaLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly passwordFrom: SecretFrom;
}

export interface KafkaSourceConfig extends KafkaAccess {
  readonly topic: string;
  readonly group: string;
  /** Where a group begins that has read nothing yet. */
  readonly from: 'now' | 'beginning';
  /** Takes what cannot be read; null: it is only counted. */
  readonly deadLetter: string | null;
  /** Records that are a logger's CloudEvents; absent: none is expected. */
  readonly events?: EventsConfig;
}

export interface KafkaSinkConfig extends KafkaAccess {
  readonly topic: string;
}

const closed = { additionalProperties: false };
/** What a section that reaches Kafka says of the way there. */
export const kafkaAccess = {
  brokers: Type.Array(listen('a Kafka broker, host:port'), { minItems: 1, maxItems: 100 }),
  tls: Type.Optional(Type.Unknown({ description: 'true, or PEM files: {ca, cert, key}' })),
  sasl: Type.Optional(Type.Unknown({ description: 'a login: {mechanism, username, password}' })),
};
const topic = (description: string) => text(description);

const kafkaSourceSchema = Type.Object(
  {
    ...kafkaAccess,
    topic: topic('the topic that exchanges come from, each as POST /v1/exchanges takes it'),
    group: text('the consumer group that this penumbra reads as', { default: 'penumbra' }),
    from: Type.Enum(['now', 'beginning'], {
      default: 'now',
      description: 'where a group begins that has read nothing yet',
    }),
    deadLetter: Type.Optional(topic('a topic for what cannot be read; without it that is only counted')),
    events: Type.Optional(
      Type.Unknown({
        description:
          'true, or {service, endpoint, component, path, pair}: records are CloudEvents of KServe’s or Seldon’s logger',
      }),
    ),
  },
  closed,
);

const kafkaSinkSchema = Type.Object({ ...kafkaAccess, topic: topic('the topic that alerts go to') }, closed);

const tlsSchema = Type.Object(
  {
    ca: Type.Optional(text('a PEM file of the authorities to trust, instead of those that come with Node')),
    cert: Type.Optional(text('a PEM file of this client’s own certificate')),
    key: Type.Optional(text('a PEM file of its key')),
  },
  closed,
);

const saslSchema = Type.Object(
  {
    mechanism: Type.Enum(['plain', 'scram-sha-256', 'scram-sha-512'], { default: 'scram-sha-512' }),
    username: text('who logs in'),
    password: Type.Unknown({ description: `a reference: \${file:/path} or \${env:NAME}` }),
  },
  closed,
);

/** Null when it was reported. */
export function readKafkaSource(
  spot: Spot,
  setting: SecretSetting & { readonly production: Production | null },
): KafkaSourceConfig | null {
  const before = spot.problems.count();
  const shape = readShape(kafkaSourceSchema, spot);
  if (shape === null) return null;
  const { brokers, group, from, deadLetter = null } = shape;
  requireTopics(spot, { topic: shape.topic, ...(deadLetter === null ? {} : { deadLetter }) });
  if (deadLetter === shape.topic)
    spot.problems.at([...spot.path, 'deadLetter'], `${nameOf(spot.path)}.deadLetter cannot be the topic that is read`);
  const login = readLogin(spot, setting);
  const written = shape.events !== undefined && shape.events !== false;
  const events = written ? readEvents(childOf(spot, 'events'), setting.production) : null;
  if (spot.problems.count() > before) return null;
  return { brokers, topic: shape.topic, group, from, deadLetter, ...(events && { events }), ...login };
}

/** Null when it was reported. */
export function readKafkaSink(spot: Spot, setting: SecretSetting): KafkaSinkConfig | null {
  const before = spot.problems.count();
  const shape = readShape(kafkaSinkSchema, spot);
  if (shape === null) return null;
  requireTopics(spot, { topic: shape.topic });
  const login = readLogin(spot, setting);
  return spot.problems.count() > before ? null : { brokers: shape.brokers, topic: shape.topic, ...login };
}

const topicName = /^[A-Za-z0-9._-]{1,249}$/;

export function requireTopics(spot: Spot, topics: Readonly<Record<string, string>>): void {
  for (const [key, name] of Object.entries(topics)) {
    if (topicName.test(name) && name !== '.' && name !== '..') continue;
    const message = `${nameOf([...spot.path, key])} requires the name of a Kafka topic: letters, digits, ".", "_" and "-"`;
    spot.problems.at([...spot.path, key], message);
  }
}

/** TLS and SASL beside `brokers`, wherever a section has them. */
export function readLogin(spot: Spot, setting: SecretSetting): Pick<KafkaAccess, 'tls' | 'sasl'> {
  return { tls: readTls(childOf(spot, 'tls'), setting), sasl: readSasl(childOf(spot, 'sasl'), setting) };
}

function readTls(spot: Spot, { directory }: SecretSetting): KafkaAccess['tls'] {
  if (spot.value === undefined || spot.value === false) return null;
  const shape = readShape(tlsSchema, { ...spot, value: spot.value === true ? {} : spot.value });
  if (shape === null) return null;
  const placed = (file: string | undefined) => (file === undefined ? null : resolve(directory, file));
  if ((shape.cert === undefined) !== (shape.key === undefined))
    spot.problems.atKey(spot.path, `${nameOf(spot.path)} requires cert and key together`);
  return { ca: placed(shape.ca), cert: placed(shape.cert), key: placed(shape.key) };
}

function readSasl(spot: Spot, setting: SecretSetting): KafkaLogin | null {
  if (spot.value === undefined) return null;
  const shape = readShape(saslSchema, spot);
  if (shape === null) return null;
  const passwordFrom = readSecretFrom(childOf(spot, 'password'), setting);
  return passwordFrom && { mechanism: shape.mechanism, username: shape.username, passwordFrom };
}

/** In the config's own words. */
export function kafkaSourceText({ events, ...kafka }: KafkaSourceConfig) {
  return { ...kafkaText(kafka), events: events && eventsText(events) };
}

/** In the config's own words. */
export function kafkaText({ tls, sasl, ...rest }: KafkaAccess) {
  const files = Object.entries(tls ?? {}).filter(([, file]) => file !== null);
  const given = Object.entries(rest).filter(([, value]) => value !== null);
  return {
    ...Object.fromEntries(given),
    tls: tls === null ? undefined : files.length === 0 ? true : Object.fromEntries(files),
    sasl: sasl === null ? undefined : loginText(sasl),
  };
}

function loginText({ mechanism, username, passwordFrom }: KafkaLogin) {
  const password = passwordFrom.from === 'env' ? `\${env:${passwordFrom.name}}` : `\${file:${passwordFrom.path}}`;
  return { mechanism, username, password };
}
