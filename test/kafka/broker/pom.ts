// The Maven project that names Apache Kafka's server and a log binding, without which the server does not start.

/** A line that stock clients and brokers of the 3 series share; 4 can be asked for by PENUMBRA_KAFKA_VERSION. */
export const kafkaVersion = process.env.PENUMBRA_KAFKA_VERSION ?? '3.9.1';

const isSeries3 = kafkaVersion.startsWith('3.');

const logging = isSeries3
  ? [{ group: 'org.slf4j', name: 'slf4j-reload4j', version: '1.7.36' }]
  : ['log4j-slf4j-impl', 'log4j-core', 'log4j-1.2-api'].map((name) => ({
      group: 'org.apache.logging.log4j',
      name,
      version: '2.24.3',
    }));

/** What the server's log binding is told: warnings and errors, on stderr. */
export const logSettings =
  'log4j.rootLogger=WARN, err\nlog4j.appender.err=org.apache.log4j.ConsoleAppender\nlog4j.appender.err.target=System.err\nlog4j.appender.err.layout=org.apache.log4j.PatternLayout\nlog4j.appender.err.layout.ConversionPattern=%d %p %c %m%n\n';

export function pomOfBroker(): string {
  const wanted = [{ group: 'org.apache.kafka', name: 'kafka_2.13', version: kafkaVersion }, ...logging];
  const dependencies = wanted.map(
    ({ group, name, version }) =>
      `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project><modelVersion>4.0.0</modelVersion><groupId>penumbra</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependencies.join('')}</dependencies></project>`;
}
