// How Kafka's brokers are reached, with every secret already read from where the config said: types only.

export interface KafkaConnection {
  /** The config's section that says all this, such as `source.kafka`: errors name it. */
  readonly where: string;
  readonly brokers: readonly string[];
  /** How this process names itself to the brokers; shows in their logs and quotas. */
  readonly clientId: string;
  /** Null for plain TCP; certificates and keys as PEM text. */
  readonly tls: KafkaTls | null;
  readonly sasl: KafkaSasl | null;
}

export interface KafkaTls {
  /** Null: the certificate authorities that come with Node. */
  readonly ca: string | null;
  /** The client's own certificate and key, where brokers ask for one. */
  readonly cert: string | null;
  readonly key: string | null;
}

export interface KafkaSasl {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: string;
}
