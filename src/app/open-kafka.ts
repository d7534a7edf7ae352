// Opens what a config says of Kafka: files and secrets are read now, and nothing connects before it is used.
import { readFileSync } from 'node:fs';
import type { KafkaAccess } from '../config/kafka.ts';
import { type Environment, readSecret } from '../config/secrets.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { openKafka } from '../io/kafka/kafka-log.ts';
import type { KafkaLog } from '../io/kafka/port.ts';
import type { Clock, Log } from '../io/ports.ts';

interface OpenKafka {
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** As brokers see it. */
  readonly clientId?: string;
}

/** @throws PenumbraError CONFIG_INVALID (a secret or a file that is not there) */
export function openKafkaOf({ brokers, tls, sasl }: KafkaAccess, options: OpenKafka): KafkaLog {
  const { env, clock, log, clientId = 'penumbra' } = options;
  const login = sasl && {
    mechanism: sasl.mechanism,
    username: sasl.username,
    password: readSecret(sasl.passwordFrom, { env }),
  };
  const certificates = tls && { ca: pemOf(tls.ca), cert: pemOf(tls.cert), key: pemOf(tls.key) };
  return openKafka({ brokers, clientId, tls: certificates, sasl: login }, { clock, log });
}

function pemOf(file: string | null): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new PenumbraError('CONFIG_INVALID', `a certificate for Kafka cannot be read: ${messageOf(thrown)}`, file);
  }
}
