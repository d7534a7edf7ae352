// Bars on stop conditions: how often they abort a production that is exactly at its limits, also in bursts (C5), and how soon one that is
// over them (C6), at 2, 10, 50 and 200 requests/s. Beside each stands the rule of thumb: three breached windows of 5 s in a row.
import {
  allowedShare,
  closeWindows,
  newStopState,
  type StopRule,
  stopRulesOf,
} from '../../src/core/judge/stop-condition.ts';
import type { Random } from '../../src/core/random.ts';
import type { ProductionStop } from '../../src/model.ts';
import { type Bar, mostFalse, randomOf, type Setting } from './bar.ts';
import { summaryOf } from './first-verdict.ts';

const rates = [2, 10, 50, 200];
const base = { windowMs: 1000, minCount: 1, windows: 1 };
const p99: ProductionStop = { ...base, text: 'p99', signal: 'production.p99', above: 250 };
const errors: ProductionStop = { ...base, text: 'errors', signal: 'production.errors', above: 0.05 };

interface Second {
  readonly requests: number;
  readonly over: number;
}

function poisson(random: Random, mean: number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.normal()));
  const least = Math.exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > least; product *= random.uniform()) count += 1;
  return count;
}

function secondOf(random: Random, { perSecond, share }: { perSecond: number; share: number }): Second {
  const over = poisson(random, perSecond * share);
  return { over, requests: over + poisson(random, perSecond * (1 - share)) };
}

/** The second, from 1, in which the run is aborted; Infinity for never. */
function abortedAt(rule: StopRule, seconds: readonly Second[]): number {
  let state = newStopState(rule);
  for (const [second, { requests, over }] of seconds.entries()) {
    const open = { ...state, window: second, requests, exceeded: over };
    state = closeWindows(open, { rule, nowMs: 1000 * (second + 1) });
    if (state.isAborted) return second + 1;
  }
  return Number.POSITIVE_INFINITY;
}

/** The same by the rule of thumb: 5 s with at least 100 requests, of which at least 3 and more than allowed are over, three times in a row. */
function abortedByThumb(condition: ProductionStop, seconds: readonly Second[]): number {
  let inARow = 0;
  for (let from = 0; from + 5 <= seconds.length; from += 5) {
    const five = seconds.slice(from, from + 5);
    const requests = five.reduce((sum, one) => sum + one.requests, 0);
    const over = five.reduce((sum, one) => sum + one.over, 0);
    if (requests < 100) continue;
    inARow = over >= 3 && over > allowedShare(condition) * requests ? inARow + 1 : 0;
    if (inARow === 3) return from + 5;
  }
  return Number.POSITIVE_INFINITY;
}

/** Shares of runs, in %, for the four rates. */
const percents = (counts: readonly number[], runs: number): string =>
  counts.map((count) => ((100 * count) / runs).toFixed(1)).join(' ');

/** `hit`: the share of a second's requests that a hiccup hits, when there is one; as often as the limit allows. */
function falseAbortBar({ says, hit, part }: { says: string; hit: number | null; part: number }): Bar {
  return {
    id: 'C5',
    says,
    must: 'aborted, by either of both, at 2, 10, 50 and 200 requests/s ≤ 1 % of runs',
    measure(setting: Setting) {
      const [runs, runSeconds] = setting.short ? [30, 600] : [200, 3600];
      const rules = stopRulesOf({ stopWhen: [p99, errors], maxTimeMs: 1000 * runSeconds, readyTimeoutMs: 60_000 });
      const tally = rates.map((perSecond) => {
        let [own, thumb] = [0, 0];
        for (let run = 0; run < runs; run++) {
          const random = randomOf(setting, `C5 ${says} ${perSecond} ${run}`);
          const streams = rules.map(({ condition }) => {
            const mean = part * allowedShare(condition);
            const draw = (): number => (hit === null ? mean : random.uniform() < mean / hit ? hit : 0);
            return Array.from({ length: runSeconds }, () => secondOf(random, { perSecond, share: draw() }));
          });
          const isIn = (at: (rule: StopRule, seconds: readonly Second[]) => number): number =>
            Number(rules.some((rule, index) => at(rule, streams[index] as Second[]) <= runSeconds));
          own += isIn(abortedAt);
          thumb += isIn(({ condition }, seconds) => abortedByThumb(condition, seconds));
        }
        return { own, thumb };
      });
      const own = tally.map((one) => one.own);
      const measured = `${percents(own, runs)} % (rule of thumb ${percents(
        tally.map((one) => one.thumb),
        runs,
      )} %)`;
      return { measured, met: own.every((count) => count / runs <= mostFalse(0.01, runs)) };
    },
  };
}

const secondsText = (waits: readonly number[], cap: number): string => {
  const { median, p95 } = summaryOf(waits);
  return [median, p95].map((wait) => (Number.isFinite(wait) ? String(wait) : `>${cap}`)).join('/');
};

/** After ten good minutes; requests independent. */
function noticeBar({ condition, shares }: { condition: ProductionStop; shares: readonly number[] }): Bar {
  const allowed = allowedShare(condition);
  return {
    id: 'C6',
    says: `${condition.text} with ${shares.map((share) => 100 * share).join(', ')} % of requests over, ${100 * allowed} % allowed: median/95th percentile of seconds to the abort at ${rates.join(', ')} requests/s`,
    must: 'all requests over: 95th percentile ≤ 10 s at every rate',
    measure(setting: Setting) {
      const [runs, good, cap] = setting.short ? [20, 100, 400] : [100, 600, 3600];
      const stops = { stopWhen: [condition, condition], maxTimeMs: 3_600_000, readyTimeoutMs: 60_000 };
      const [rule] = stopRulesOf(stops) as [StopRule];
      let worst = 0;
      const texts = shares.map((share) => {
        const cells = rates.map((perSecond) => {
          const waits = Array.from({ length: runs }, (_, run) => {
            const random = randomOf(setting, `C6 ${condition.text} ${share} ${perSecond} ${run}`);
            const seconds = Array.from({ length: good + cap }, (_, second) =>
              secondOf(random, { perSecond, share: second < good ? allowed / 10 : share }),
            );
            return [abortedAt(rule, seconds) - good, abortedByThumb(condition, seconds) - good] as const;
          });
          const own = waits.map(([wait]) => wait);
          if (share === 1) worst = Math.max(worst, summaryOf(own).p95);
          return `${secondsText(own, cap)} (${secondsText(
            waits.map(([, wait]) => wait),
            cap,
          )})`;
        });
        return `${100 * share} %: ${cells.join(', ')}`;
      });
      return { measured: `${texts.join('; ')}; in brackets the rule of thumb`, met: worst <= 10 };
    },
  };
}

export const stopBars: readonly Bar[] = [
  falseAbortBar({ says: 'p99 and errors both exactly at their limits', hit: null, part: 1 }),
  falseAbortBar({ says: 'the same at half of their limits', hit: null, part: 0.5 }),
  falseAbortBar({ says: 'both at their limits, in hiccups that hit 30 % of a second', hit: 0.3, part: 1 }),
  noticeBar({ condition: p99, shares: [0.02, 0.05, 0.2, 1] }),
  noticeBar({ condition: errors, shares: [0.1, 0.5, 1] }),
];
