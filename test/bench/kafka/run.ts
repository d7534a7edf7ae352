// Usage: npm run bench:kafka -- [--short] [--exchanges N] [--seconds S]. On a real Kafka: what one, two and four comparators count per
// second on the same cores; how long an exchange takes until it counts, and whether the lag stays, at a rate below what one sustains; and
// what follows for more machines. The arms answer from a table inside each comparator, so the figures are penumbra's own.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { startBroker } from '../../kafka/broker/broker.ts';
import { connectQuickly, trial } from '../../kafka/scale/trial.ts';
import { makeTopic } from '../../kafka/scale/world.ts';
import { configForTest } from '../../support/comparator.ts';
import type { Bench } from './stand.ts';
import { measureSteady, type Steady } from './steady.ts';
import { fillTopic, measureThroughput, type Throughput } from './throughput.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, exchanges: { type: 'string' }, seconds: { type: 'string' } },
});
const exchanges = Number(values.exchanges ?? (values.short ? 20_000 : 100_000));
const seconds = Number(values.seconds ?? (values.short ? 15 : 60));
const topic = 'bench-exchanges';
/** Of what one comparator did with a full topic; writer, broker and judge need their part of the same cores. */
const offeredShare = 0.5;
const partitions = 8;
const say = (line = ''): void => void process.stdout.write(`${line}\n`);
const whole = (value: number): string => Math.round(value).toLocaleString('en');

function sayThroughput(rows: readonly Throughput[]): void {
  say('| comparators | exchanges per second | of one | core-ms per 1000 exchanges: comparators | judge | broker |');
  say('|---|---|---|---|---|---|');
  const [one] = rows;
  for (const { comparators, perSecond, cpuMs } of rows) {
    const share = (perSecond / (one?.perSecond ?? Number.NaN)).toFixed(2);
    const cpu = [cpuMs.comparators, cpuMs.judge, cpuMs.broker].map((ms) => ms.toFixed(0)).join(' | ');
    say(`| ${comparators} | ${whole(perSecond)} | ${share} | ${cpu} |`);
  }
}

/** Buckets open and close once a second: a line through a few of them leans by chance. */
function verdictOf(growth: number): string {
  if (growth < 2) return 'it stays';
  return seconds < 30 ? 'too short to tell' : 'IT GROWS';
}

function saySteady(steady: Steady): void {
  const { offeredPerSecond, p50Ms, p99Ms, ownP99Ms, mergedP99Ms, maxLag, lagPerSecond } = steady;
  const growth = (100 * lagPerSecond) / offeredPerSecond;
  say(
    `One comparator, ${whole(offeredPerSecond)} exchanges per second offered for ${seconds} s (${whole(steady.exchanges)} counted):`,
  );
  say(
    `- from written to counts published: p50 ${whole(p50Ms)} ms, p99 ${whole(p99Ms)} ms; merged by the judge: p99 ${whole(mergedP99Ms)} ms.`,
  );
  say(`  Bucket and join deadline ask for most of it: beyond them p99 is ${whole(ownP99Ms)} ms.`);
  say(
    `- lag, open buckets included: at most ${whole(maxLag)} exchanges (${(maxLag / offeredPerSecond).toFixed(1)} s of the offer);`,
  );
  say(`  slope ${lagPerSecond.toFixed(1)} per second, ${growth.toFixed(1)} % of the offer: ${verdictOf(growth)}.`);
}

/** What one core does, carried on to more of them, and where that ends. */
function sayGrowth([one]: readonly Throughput[]): void {
  if (one === undefined) return;
  const { cpuMs } = one;
  const perCore = 1e6 / cpuMs.comparators;
  const judgeLimit = 1e6 / cpuMs.judge;
  say('Growth, from the processor time above (comparators share nothing but the topic):');
  say(
    `- a core of a comparator is full at ${whole(perCore)} exchanges per second; N cores, each with a process: N times that,`,
  );
  say(
    `  up to as many processes as the topic has partitions (${partitions} here; make as many as there will ever be comparators).`,
  );
  say(
    `- the judge would fill one core at ${whole(judgeLimit)} exchanges per second if its work grew with them. It does not: it`,
  );
  say(
    '  merges one message per partition and bucket, so it grows with partitions and arms; this is the cautious limit.',
  );
  say(
    `- so up to ${Math.max(1, Math.floor(judgeLimit / perCore))} comparator cores stand before one judge by this measure; the broker uses`,
  );
  say(`  ${((100 * cpuMs.broker) / cpuMs.comparators).toFixed(0)} % of what the comparators use.`);
}

async function measure(bench: Bench): Promise<void> {
  await makeTopic(bench.kafka, topic, partitions);
  await fillTopic(bench, { topic, exchanges });
  say(
    `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}) for broker, judge, comparators and this benchmark; Node ${process.versions.node};`,
  );
  say(
    `${whole(exchanges)} exchanges in ${partitions} partitions, two arms from a table; from the first counted to all but the last buckets.`,
  );
  say();
  const rows: Throughput[] = [];
  for (const comparators of [1, 2, 4]) rows.push(await measureThroughput(bench, { topic, exchanges, comparators }));
  sayThroughput(rows);
  say();
  const [experiment] = configForTest(trial, ':memory:').experiments;
  const { bucketMs = 1000, joinDeadlineMs = 3000 } = experiment ?? {};
  const perSecond = Math.floor((rows[0]?.perSecond ?? 0) * offeredShare);
  saySteady(await measureSteady(bench, { perSecond, seconds, bucketMs, joinDeadlineMs }));
  say();
  sayGrowth(rows);
}

const broker = await startBroker();
const kafka = connectQuickly(broker.address);
try {
  await measure({ broker, kafka });
} catch (thrown) {
  process.stderr.write(`bench:kafka: ${thrown instanceof Error ? thrown.message : thrown}\n`);
  process.exitCode = 1;
} finally {
  await kafka.close();
  await broker.stop();
}
process.exit();
