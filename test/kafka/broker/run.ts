// npm run kafka: a real Kafka on this machine until Ctrl-C; prints where it listens.
import { cachedClasspath, fetchClasspath } from './artifacts.ts';
import { startBroker } from './broker.ts';
import { kafkaVersion } from './pom.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const seconds = (sinceMs: number): string => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;

let since = performance.now();
if (cachedClasspath() === null) {
  say(`fetching Apache Kafka ${kafkaVersion} by Maven, once`);
  await fetchClasspath({ withinMs: 600_000 });
  say(`fetched in ${seconds(since)}`);
}
since = performance.now();
const broker = await startBroker();
say(
  `Apache Kafka ${kafkaVersion}, started in ${seconds(since)}, listens on ${broker.address}; Ctrl-C ends it and deletes its data`,
);
let isEnding = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isEnding) return;
    isEnding = true;
    void broker.stop().then(() => say('stopped'));
  });
}
