// How many exchanges a second so many comparators count, of a topic that lies full; and what each part uses of the processor for it.
import { until } from '../../kafka/scale/world.ts';
import { tableExchange } from '../../support/table-exchanges.ts';
import { type Bench, startStand } from './stand.ts';

export interface Throughput {
  readonly comparators: number;
  readonly perSecond: number;
  /** Milliseconds of one core for a thousand exchanges; the judge's holds the looks of this benchmark too. */
  readonly cpuMs: { readonly comparators: number; readonly judge: number; readonly broker: number };
}

const atATime = 2000;
const patienceMs = 300_000;
/** The last buckets close by the clock, which is no work. */
const notCounted = 5000;

export async function fillTopic({ kafka }: Bench, { topic, exchanges }: { topic: string; exchanges: number }) {
  const startMs = Math.floor(Date.now() / 1000) * 1000 - exchanges;
  for (let from = 0; from < exchanges; from += atATime) {
    const numbers = Array.from({ length: Math.min(atATime, exchanges - from) }, (_, index) => from + index);
    const made = numbers.map((number) => tableExchange(number, { startMs, everyMs: 1 }));
    const records = made.map(({ key, value }) => ({ key, value: JSON.stringify(value) }));
    await kafka.produce(topic, records);
  }
}

interface Asked {
  readonly topic: string;
  readonly exchanges: number;
  readonly comparators: number;
}

/** From the first exchanges counted to all but the last buckets. @throws Error after five minutes */
export async function measureThroughput(bench: Bench, { topic, exchanges, comparators }: Asked): Promise<Throughput> {
  const stand = await startStand(bench, { name: `bench-${comparators}`, topic, comparators });
  try {
    const { judge } = stand;
    await until(judge.counted, (counted) => counted > 0, patienceMs);
    const since = { ms: performance.now(), counted: judge.counted(), cpu: stand.cpu() };
    await until(judge.counted, (counted) => counted >= exchanges - notCounted, patienceMs);
    const done = judge.counted() - since.counted;
    const cpu = stand.cpu();
    const per = (part: keyof typeof cpu): number => (1e6 * (cpu[part] - since.cpu[part])) / done;
    return {
      comparators,
      perSecond: (1000 * done) / (performance.now() - since.ms),
      cpuMs: { comparators: per('comparators'), judge: per('judge'), broker: per('broker') },
    };
  } finally {
    await stand.stop();
  }
}
