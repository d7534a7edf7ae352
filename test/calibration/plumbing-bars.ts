// Bars on how requests reach the counts: N17 (close buckets by time, not by arrival), N18 (any order, any split), N20 (bursts count once).
// The broken way is measured beside, as a test of the test: it must fail.
import type { Random } from '../../src/core/random.ts';
import { bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { statistics } from '../../src/core/stats/index.ts';
import { mergeCounts, type Observation, type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';
import { type Bar, mostFalse, randomOf, type Setting } from './bar.ts';

const requestsPerSecond = 100;
const timeoutShare = 0.05;
const joinDeadlineSeconds = 2;
const timeoutSeconds = 30;

/** Whether a minute of traffic ever gave HOLDS, counted in closed buckets of a second, and counted as answers come in. */
function timeoutRun(random: Random): { closed: boolean; naive: boolean } {
  const seconds = 60;
  const timedOut = Array.from({ length: seconds }, () => {
    let hits = 0;
    for (let request = 0; request < requestsPerSecond; request++) hits += Number(random.uniform() < timeoutShare);
    return hits;
  });
  const goal = Math.log(100);
  const holds = (n: number, hits: number): boolean => bernoulliLogE([n, hits], 0.01).down >= goal;
  const seen = { closed: [0, 0] as [number, number], naive: [0, 0] as [number, number] };
  const found = { closed: false, naive: false };
  for (let now = 0; now < seconds; now++) {
    // A bucket closes at its end + joinDeadline; what is unanswered then is a timeout.
    const closing = now - joinDeadlineSeconds;
    if (closing >= 0) {
      seen.closed[0] += requestsPerSecond;
      seen.closed[1] += timedOut[closing] as number;
    }
    // On arrival: answers at once, timeouts only when the client gives up.
    const late = timedOut[now - timeoutSeconds] ?? 0;
    seen.naive[0] += requestsPerSecond - (timedOut[now] as number) + late;
    seen.naive[1] += late;
    found.closed ||= holds(...seen.closed);
    found.naive ||= holds(...seen.naive);
  }
  return found;
}

const timeouts: Bar = {
  id: 'N17',
  says: '5 % time out after 30 s, 100 requests/s, join deadline 2 s, tolerance 1 %',
  must: 'false HOLDS in 0 of 200 runs, and in most when counted on arrival',
  measure(setting) {
    const runs = Array.from({ length: 200 }, (_, run) => timeoutRun(randomOf(setting, `N17 ${run}`)));
    const closed = runs.filter((run) => run.closed).length;
    const naive = runs.filter((run) => run.naive).length;
    return { measured: `${closed}; counted on arrival ${naive}`, met: closed === 0 && naive > 100 };
  },
};

const observed: readonly Observation[] = [
  ...[-1, 0, 1, 0.003, 0.2],
  ...([
    [0.1, 0.1],
    [0.7, 0.2],
    [20, 22],
    [35, 21],
  ] as const),
  { arm: 0.2, control: 0.01, armFlipped: true, controlFlipped: false },
  { arm: 0.004, control: 0.02, armFlipped: false, controlFlipped: false },
  { arm: 0, control: 0.4, armFlipped: false, controlFlipped: true },
];

/** Some stream of observations that the statistic knows. */
function drawnFor(statistic: Statistic, { random, length }: { random: Random; length: number }): Observation[] {
  const legal = observed.filter((one) => {
    try {
      statistic.add(zeroCounts(statistic.size), one);
      return true;
    } catch {
      return false;
    }
  });
  return Array.from({ length }, () => legal[Math.floor(random.uniform() * legal.length)] as Observation);
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random.uniform() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other] as Item, mixed[last] as Item];
  }
  return mixed;
}

/** Counts over 7 shards in random order, each saved and loaded now and then, merged in random order. */
export function scattered<Item>(
  items: readonly Item[],
  { random, size, add }: { random: Random; size: number; add: (counts: number[], item: Item) => void },
): readonly number[] {
  const shards = Array.from({ length: 7 }, () => zeroCounts(size));
  for (const item of shuffled(items, random)) {
    const at = Math.floor(random.uniform() * 7);
    add(shards[at] as number[], item);
    if (random.uniform() < 0.05) shards[at] = JSON.parse(JSON.stringify(shards[at])) as number[];
  }
  return shuffled(shards, random).reduce<readonly number[]>(mergeCounts, zeroCounts(size));
}

function unequalStatistics(setting: Setting, run: number): string[] {
  const random = randomOf(setting, `N18 ${run}`);
  const claim = { alphaViolated: 0.01, alphaHolds: 0.01 };
  const bad: string[] = [];
  for (const kind of statistics) {
    const statistic: Statistic = kind.create({});
    const stream = drawnFor(statistic, { random, length: 500 });
    const whole = zeroCounts(statistic.size);
    for (const one of stream) statistic.add(whole, one);
    const parts = scattered(stream, { random, size: statistic.size, add: statistic.add });
    const said = (counts: readonly number[]): string =>
      JSON.stringify([counts, statistic.evidence(counts, { ...claim, tolerance: statistic.onlyTolerance ?? 0.05 })]);
    if (said(whole) !== said(parts)) bad.push(kind.name);
  }
  return bad;
}

const scatter: Bar = {
  id: 'N18',
  says: 'shuffled, over 7 shards, merged in any order, saved and loaded at random points: every statistic, DIFFERENT among them',
  must: 'identical bytes and evidence',
  measure(setting) {
    const runs = setting.short ? 10 : 200;
    const bad = Array.from({ length: runs }, (_, run) => unequalStatistics(setting, run)).flat();
    return {
      measured: bad.length === 0 ? `${runs} of ${runs} runs identical` : `differs: ${[...new Set(bad)].join(', ')}`,
      met: bad.length === 0,
    };
  },
};

/** Whether a stream of bursts exactly at the tolerance was ever VIOLATED: every request counted, and each distinct one once. */
function burstRun(random: Random, distinct: number): { every: boolean; once: boolean } {
  const tolerance = 0.01;
  const goal = Math.log(20);
  let [n, hits, onceHits] = [0, 0, 0];
  const found = { every: false, once: false };
  for (let index = 1; index <= distinct; index++) {
    const size = 1 + Math.floor(Math.log(1 - random.uniform()) / Math.log(1 - 1 / 20));
    const isHit = random.uniform() < tolerance;
    n += size;
    if (!isHit) continue;
    hits += size;
    onceHits += 1;
    found.every ||= bernoulliLogE([n, hits], tolerance).up >= goal;
    found.once ||= bernoulliLogE([index, onceHits], tolerance).up >= goal;
  }
  return found;
}

const bursts: Bar = {
  id: 'N20',
  says: 'bursts of the same request, mean 20, exactly at the tolerance of 1 %',
  must: 'false VIOLATED ≤ .05 counted once, far above when every copy counts',
  measure(setting) {
    const [count, distinct] = setting.short ? [500, 5000] : [4000, 5000];
    const runs = Array.from({ length: count }, (_, run) => burstRun(randomOf(setting, `N20 ${run}`), distinct));
    const once = runs.filter((run) => run.once).length / count;
    const every = runs.filter((run) => run.every).length / count;
    return {
      measured: `${once.toFixed(4)}; every copy ${every.toFixed(4)}`,
      met: once <= mostFalse(0.05, count) && every > 0.5,
    };
  },
};

export const plumbingBars: readonly Bar[] = [timeouts, scatter, bursts];
