// Opens what a config says of Kafka: files and secrets are read now, and nothing connects before it is used.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { KafkaAccess } from '../config/kafka.ts';
import { type Environment, readSecret } from '../config/secrets.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { KafkaTls } from '../io/kafka/connection.ts';
import { openKafka } from '../io/kafka/kafka-log.ts';
import type { KafkaLog } from '../io/kafka/port.ts';
import type { Clock, Log } from '../io/ports.ts';

interface OpenKafka {
  /** The config's section, such as `source.kafka`. */
  readonly where: string;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  /** As brokers see it. */
  readonly clientId?: string;
}

/** @throws PenumbraError CONFIG_INVALID (a secret or a file that is not there, or a file that holds no certificate) */
export function openKafkaOf({ brokers, tls, sasl }: KafkaAccess, options: OpenKafka): KafkaLog {
  const { where, env, clock, log, clientId = 'penumbra' } = options;
  const login = sasl && {
    mechanism: sasl.mechanism,
    username: sasl.username,
    password: readSecret(sasl.passwordFrom, { env }),
  };
  const certificates = tls && certificatesOf(tls, `${where}.tls`);
  return openKafka({ where, brokers, clientId, tls: certificates, sasl: login }, { clock, log });
}

function certificatesOf(files: KafkaTls, where: string): KafkaTls {
  const pem = (key: keyof KafkaTls): string | null => pemOf(files[key], `${where}.${key}`);
  const [ca, cert, key] = [pem('ca'), pem('cert'), pem('key')];
  // Node takes an authority that is none without a word, and then trusts nobody.
  if (ca !== null)
    requireMeaning(() => new X509Certificate(ca), `${where}.ca requires certificates in PEM: ${files.ca}`);
  if (cert !== null && key !== null) {
    const both = `${where}.cert and key require a certificate and its key in PEM: ${files.cert}, ${files.key}`;
    requireMeaning(() => createSecureContext({ cert, key }), both);
  }
  return { ca, cert, key };
}

function requireMeaning(read: () => unknown, required: string): void {
  try {
    read();
  } catch (thrown) {
    throw new PenumbraError('CONFIG_INVALID', `${required}: ${messageOf(thrown)}`);
  }
}

function pemOf(file: string | null, where: string): string | null {
  if (file === null) return null;
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new PenumbraError('CONFIG_INVALID', `${where} cannot be read: ${messageOf(thrown)}`, file);
  }
}
