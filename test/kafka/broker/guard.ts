// Listeners that ask for something, beside the open one: TLS with a login (SCRAM-SHA-256, PLAIN), TLS with a client's certificate, and a
// login over plain TCP.
import type { Certificates } from './certificates.ts';

export interface Guard {
  readonly certificates: Certificates;
  readonly username: string;
  readonly password: string;
}

/** Ports of the loopback. */
export interface GuardedPorts {
  readonly login: number;
  readonly mutual: number;
  readonly bareLogin: number;
}

const security = { LOGIN: 'SASL_SSL', MUTUAL: 'SSL', BARELOGIN: 'SASL_PLAINTEXT' };

export function guardedListeners({ login, mutual, bareLogin }: GuardedPorts): string {
  return `LOGIN://127.0.0.1:${login},MUTUAL://127.0.0.1:${mutual},BARELOGIN://127.0.0.1:${bareLogin}`;
}

export const guardedProtocols = Object.entries(security)
  .map(([name, protocol]) => `${name}:${protocol}`)
  .join(',');

export function guardSettings({ certificates, username, password }: Guard): Readonly<Record<string, string>> {
  const common = 'org.apache.kafka.common.security';
  const plain = `${common}.plain.PlainLoginModule required user_${username}="${password}";`;
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': certificates.brokerStore,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificates.ca,
    'listener.name.mutual.ssl.client.auth': 'required',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-256,PLAIN',
    'listener.name.login.scram-sha-256.sasl.jaas.config': `${common}.scram.ScramLoginModule required;`,
    'listener.name.login.plain.sasl.jaas.config': plain,
    'listener.name.barelogin.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.barelogin.plain.sasl.jaas.config': plain,
  };
}

/** SCRAM's secrets are made with the data folder. */
export function scramWords({ username, password }: Guard): readonly string[] {
  return ['--add-scram', `SCRAM-SHA-256=[name=${username},password=${password}]`];
}
