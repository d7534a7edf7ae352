// One measurement: a comparator is warmed up, driven with a counted number of exchanges that lie ready in memory until every pair is
// committed, and its CPU time taken, that of all its threads. The profile is of a second drive, which it would slow down.
import { type BenchComparator, startComparator } from './comparator.ts';
import { drive, untilCompared } from './drive.ts';
import { exchangesFrom } from './exchanges.ts';
import { type ProfileSummary, profiled } from './profile.ts';

export interface Speed {
  /** Of this process, all threads: what one core would do. */
  readonly pairsPerCpuSecond: number;
  /** As it went here, with whatever else ran on the machine. */
  readonly exchangesPerSecond: number;
  /** With the exchanges, which lie in it. */
  readonly rssMb: number;
  readonly profile: ProfileSummary | null;
}

export interface MeasureOptions {
  readonly folder: string;
  readonly arms: 1 | 2;
  readonly shadowUrl: string | null;
  readonly exchanges: number;
  readonly isProfiled?: boolean;
}

const warmUp = 10_000;
/** A live shadow is asked over so many connections: beyond them calls would wait for one until their deadline. */
const liveInFlight = 256;

export async function measure(options: MeasureOptions): Promise<Speed> {
  const { arms, exchanges, isProfiled = false, shadowUrl } = options;
  const comparator = await startComparator({ ...options, deadline: '5s' });
  const maxOpen = shadowUrl === null ? undefined : liveInFlight;
  const prepare = (from: number, count: number): (() => Promise<void>) => {
    const exchangeOf = exchangesFrom(from, count);
    return async () => {
      await drive(comparator, { from, count, exchangeOf, ...(maxOpen === undefined ? {} : { maxOpen }) });
      await untilCompared(comparator, arms * (from + count));
    };
  };
  await prepare(0, warmUp)();
  const go = prepare(warmUp, exchanges);
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  await go();
  const { user, system } = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedMs) / 1000;
  const rssMb = process.memoryUsage.rss() / 2 ** 20;
  const profile = isProfiled ? await profiled(prepare(warmUp + exchanges, exchanges)) : null;
  requireAllOk(comparator);
  await comparator.app.stop();
  return {
    pairsPerCpuSecond: (arms * exchanges) / ((user + system) / 1e6),
    exchangesPerSecond: exchanges / seconds,
    rssMb,
    profile,
  };
}

/** Refusals and timeouts would be cheap pairs. */
function requireAllOk({ run }: BenchComparator): void {
  for (const { name, statuses, conservation } of run().arms) {
    if (statuses.ok === conservation.compared) continue;
    throw new Error(`not every pair of ${name} was compared with an answer: ${JSON.stringify(statuses)}`);
  }
}
