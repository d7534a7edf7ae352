// One comparator under a steady offer below what it can do: how long each exchange takes until it counts, and whether the lag grows.
import { makeTopic } from '../../kafka/scale/world.ts';
import { tableExchange } from '../../support/table-exchanges.ts';
import { type Closings, createClosings } from './closings.ts';
import { type Bench, startStand } from './stand.ts';

export interface Steady {
  readonly offeredPerSecond: number;
  readonly exchanges: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Beyond the time that bucket and join deadline ask for. */
  readonly ownP99Ms: number;
  /** Until the judge has merged them; of the order in which they were written. */
  readonly mergedP99Ms: number;
  /** Written and not in published counts; the open buckets are part of it. */
  readonly maxLag: number;
  /** Exchanges that the lag grows by each second, over all but the first seconds. */
  readonly lagPerSecond: number;
}

interface Offer {
  readonly perSecond: number;
  readonly seconds: number;
  readonly bucketMs: number;
  readonly joinDeadlineMs: number;
}

const topic = 'bench-steady';
const everyMs = 50;
const patienceMs = 120_000;
/** Until it counts at all: an election, a warm-up, a first bucket. */
const warmPerSecond = 100;

interface Look {
  readonly atMs: number;
  readonly lag: number;
  readonly published: number;
  readonly counted: number;
}

export async function measureSteady(bench: Bench, offer: Offer): Promise<Steady> {
  await makeTopic(bench.kafka, topic, 8);
  const stand = await startStand(bench, { name: 'bench-steady', topic, comparators: 1 });
  const closings = createClosings();
  const reader = await bench.kafka.readFrom({
    topic: stand.counts,
    from: new Map([[0, 0]]),
    onBatch: async ({ records }) => records.forEach(closings.read),
  });
  const looks: Look[] = [];
  const looking = setInterval(() => {
    const [lag, published, counted] = [closings.open(), closings.closed.length, stand.judge.counted()];
    looks.push({ atMs: Date.now(), lag, published, counted });
  }, everyMs);
  const written: number[] = [];
  const write = createWriter(bench, { offer, closings, written });
  try {
    await write(
      warmPerSecond,
      orTooLong(() => closings.closed.length > 0),
    );
    const [startedAtMs, before] = [Date.now(), written.length];
    await write(offer.perSecond, () => Date.now() > startedAtMs + offer.seconds * 1000);
    const [endedAtMs, after] = [Date.now(), written.length];
    // The offer goes on until all of it is published: what comes behind an exchange closes its bucket.
    await write(
      offer.perSecond,
      orTooLong(() => closings.open(endedAtMs) === 0),
    );
    const measured = closings.closed.filter(({ writtenAtMs }) => writtenAtMs >= startedAtMs && writtenAtMs < endedAtMs);
    const latencies = measured.map(({ latencyMs }) => latencyMs);
    const merged = mergedAfterMs(written, looks).slice(before, after);
    const offered = looks.filter(({ atMs }) => atMs > startedAtMs && atMs < endedAtMs);
    return {
      offeredPerSecond: (1000 * (after - before)) / (endedAtMs - startedAtMs),
      exchanges: measured.length,
      p50Ms: quantile(latencies, 0.5),
      p99Ms: quantile(latencies, 0.99),
      ownP99Ms: quantile(
        measured.map(({ ownMs }) => ownMs),
        0.99,
      ),
      mergedP99Ms: quantile(merged, 0.99),
      maxLag: Math.max(...offered.map(({ lag }) => lag)),
      lagPerSecond: slopeOf(offered.filter(({ atMs }) => atMs > startedAtMs + settlingMs(offer))),
    };
  } finally {
    clearInterval(looking);
    await reader.stop();
    await stand.stop();
  }
}

function orTooLong(isSo: () => boolean): () => boolean {
  const giveUpAtMs = Date.now() + patienceMs;
  return () => {
    if (Date.now() > giveUpAtMs) throw new Error(`nothing was counted for ${patienceMs / 1000} s`);
    return isSo();
  };
}

/** The open buckets fill first: that is no growth. */
const settlingMs = ({ bucketMs, joinDeadlineMs }: Offer): number => 2 * (bucketMs + joinDeadlineMs);

interface Writing {
  readonly offer: Offer;
  readonly closings: Closings;
  /** When each was written, in that order. */
  readonly written: number[];
}

function createWriter({ kafka }: Bench, { offer, closings, written }: Writing) {
  const { bucketMs, joinDeadlineMs } = offer;
  return async (perSecond: number, isOver: () => boolean): Promise<void> => {
    const [startedMs, before] = [performance.now(), written.length];
    while (!isOver()) {
      const due = before + Math.floor(((performance.now() - startedMs) / 1000) * perSecond);
      const nowMs = Date.now();
      const count = Math.max(0, Math.min(2000, due - written.length));
      const made = Array.from({ length: count }, (_, index) => tableExchange(written.length + index));
      const records = made.map(({ key, value }) => ({ key, value: JSON.stringify({ ...value, arrivedAt: nowMs }) }));
      const placed = count > 0 ? await kafka.produce(topic, records) : [];
      const dueAtMs = Math.floor(nowMs / bucketMs + 1) * bucketMs + joinDeadlineMs;
      for (const one of placed) {
        closings.write(one, { writtenAtMs: nowMs, dueAtMs });
        written.push(nowMs);
      }
      await new Promise((resume) => setTimeout(resume, everyMs));
    }
  };
}

/**
 * The k-th that was written is merged when the judge has counted k, and those that came before the run began to score: as many as were
 * published and not counted when the judge was nearest to having merged everything.
 */
function mergedAfterMs(written: readonly number[], looks: readonly Look[]): number[] {
  const never = Math.min(...looks.filter(({ counted }) => counted > 0).map((look) => look.published - look.counted));
  const after: number[] = [];
  let at = 0;
  for (const [index, writtenAtMs] of written.entries()) {
    while (at < looks.length && (looks[at]?.counted ?? 0) + never <= index) at += 1;
    const seen = looks[at];
    if (seen === undefined) break;
    after.push(seen.atMs - writtenAtMs);
  }
  return after;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** By least squares. */
function slopeOf(points: readonly { atMs: number; lag: number }[]): number {
  const mean = (of: (point: { atMs: number; lag: number }) => number): number =>
    points.reduce((sum, point) => sum + of(point), 0) / points.length;
  const [middleMs, middle] = [mean(({ atMs }) => atMs), mean(({ lag }) => lag)];
  const along = points.reduce((sum, { atMs, lag }) => sum + (atMs - middleMs) * (lag - middle), 0);
  return (1000 * along) / points.reduce((sum, { atMs }) => sum + (atMs - middleMs) ** 2, 0);
}
