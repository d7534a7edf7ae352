// npm run bench:kafka: how many exchanges a second one, two and four comparator processes count on the same machine, from a real Kafka.
// The arms answer from a table inside each comparator, so the figures are penumbra's own; they grow with machines, not with processes.
import { startBroker } from '../../kafka/broker/broker.ts';
import { connectQuickly, scaleOn } from '../../kafka/scale/trial.ts';
import { makeTopic, startJudge, startMember, until } from '../../kafka/scale/world.ts';
import { tableExchange } from '../../support/table-exchanges.ts';

const exchanges = Number(process.argv[2] ?? 100_000);
const topic = 'bench-exchanges';
const atATime = 2000;
const patienceMs = 300_000;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const broker = await startBroker();
const kafka = connectQuickly(broker.address);
await makeTopic(kafka, topic, 8);
const startMs = Math.floor(Date.now() / 1000) * 1000 - exchanges;
for (let from = 0; from < exchanges; from += atATime) {
  const numbers = Array.from({ length: Math.min(atATime, exchanges - from) }, (_, index) => from + index);
  const made = numbers.map((number) => tableExchange(number, { startMs, everyMs: 1 }));
  await kafka.produce(
    topic,
    made.map(({ key, value }) => ({ key, value: JSON.stringify(value) })),
  );
}
say(
  `${exchanges} exchanges in 8 partitions; comparators, exchanges per second from the first counted to all but the last bucket`,
);
for (const count of [1, 2, 4]) {
  const scale = scaleOn(broker.address, `bench-${count}`, topic);
  // The comparators first: they wait for the judge's word, so that all of them are there when the work begins.
  await makeTopic(kafka, scale.counts, 1);
  await makeTopic(kafka, scale.control, 1);
  const members = await Promise.all(Array.from({ length: count }, () => startMember(scale)));
  const judge = await startJudge(scale);
  await until(judge.counted, (counted) => counted > 0, patienceMs);
  const since = { ms: performance.now(), counted: judge.counted() };
  // The last buckets close by the clock, which is no work.
  await until(judge.counted, (counted) => counted >= exchanges - 5000, patienceMs);
  const perSecond = ((judge.counted() - since.counted) / (performance.now() - since.ms)) * 1000;
  say(`${count}  ${Math.round(perSecond)}`);
  await Promise.all(members.map((member) => member.end('SIGTERM')));
  await judge.stop();
}
await kafka.close();
await broker.stop();
process.exit(0);
