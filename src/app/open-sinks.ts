// The sinks of the config, with their secrets.
import type { EffectiveConfig, SinkConfig } from '../config/effective.ts';
import { type Environment, readSecret, resolveHeaders } from '../config/secrets.ts';
import { PenumbraError } from '../errors.ts';
import type { Clock, Log, Sink } from '../io/ports.ts';
import { alertmanager } from '../io/sinks/alertmanager.ts';
import { createKafkaSink } from '../io/sinks/kafka.ts';
import { slack } from '../io/sinks/slack.ts';
import { webhook } from '../io/sinks/webhook.ts';
import { openKafkaOf } from './open-kafka.ts';

interface OpenSinks {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
}

/** @throws CONFIG_INVALID (a secret that is not there, or is no address) */
export function openSinks({ alerts }: Pick<EffectiveConfig, 'alerts'>, options: OpenSinks): readonly Sink[] {
  return alerts.map((sink, index) => openSink(sink, { ...options, where: `alerts[${index}]` }));
}

function openSink(config: SinkConfig, { env, clock, log, where }: OpenSinks & { where: string }): Sink {
  if (config.sink === 'kafka') {
    const kafka = openKafkaOf(config.kafka, { env, clock, log, where: `${where}.kafka` });
    return createKafkaSink({ kafka, ...config.kafka });
  }
  if (config.sink === 'slack') {
    const from = config.from.from === 'env' ? `\${env:${config.from.name}}` : `\${file:${config.from.path}}`;
    return slack.create({ url: addressOf(readSecret(config.from, { env }), from), from });
  }
  const kind = config.sink === 'webhook' ? webhook : alertmanager;
  return kind.create({ url: config.url, headers: { ...resolveHeaders(config.headers, { env }) } });
}

/** The text itself is never quoted. */
function addressOf(secret: string, from: string): string {
  const isAddress = URL.canParse(secret) && ['http:', 'https:'].includes(new URL(secret).protocol);
  if (isAddress) return secret;
  throw new PenumbraError('CONFIG_INVALID', `${from} requires an http or https address: alerts go there`);
}
