// When a stream, looked at after every request, first gets its verdict. Quiet observations (0) can only raise the evidence for
// HOLDS, so it is enough to look where something else comes, and to search backwards from there: the same n as looking always.
import { bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { trinomialLogE } from '../../src/core/stats/trinomial.ts';

export interface Watched {
  readonly statistic: 'bernoulli' | 'trinomial';
  readonly tolerance: number;
  readonly alpha: number;
  /** Requests after which the run counts as undecided. */
  readonly cap: number;
  /** Draws the next observation. */
  readonly draw: () => number;
}

type LogE = (n: number, up: number, down: number) => { up: number; down: number };

function logEOf({ statistic, tolerance }: Watched): LogE {
  return statistic === 'bernoulli'
    ? (n, up) => bernoulliLogE([n, up], tolerance)
    : (n, up, down) => trinomialLogE([n, up, down], tolerance);
}

/** n at the first VIOLATED; Infinity when there is none up to the cap. Its evidence is largest right after a hit. */
export function firstViolated(watched: Watched): number {
  const logE = logEOf(watched);
  const goal = Math.log(1 / watched.alpha);
  let up = 0;
  let down = 0;
  for (let n = 1; n <= watched.cap; n++) {
    const observation = watched.draw();
    if (observation < 0) down += 1;
    if (observation <= 0) continue;
    up += 1;
    if (logE(n, up, down).up >= goal) return n;
  }
  return Number.POSITIVE_INFINITY;
}

/** n at the first HOLDS; Infinity when there is none up to the cap. */
export function firstHolds(watched: Watched): number {
  const logE = logEOf(watched);
  const goal = Math.log(1 / watched.alpha);
  let up = 0;
  let down = 0;
  let from = 0;
  const search = (until: number): number => {
    if (logE(until, up, down).down < goal) return Number.POSITIVE_INFINITY;
    let [low, high] = [Math.max(from, up + down), until];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (logE(middle, up, down).down >= goal) high = middle;
      else low = middle + 1;
    }
    return high;
  };
  for (let n = 1; n <= watched.cap; n++) {
    const observation = watched.draw();
    if (observation === 0) continue;
    const before = search(n - 1);
    if (before < Number.POSITIVE_INFINITY) return before;
    if (observation > 0) up += 1;
    else down += 1;
    from = n;
  }
  return search(watched.cap);
}

/** Median and 95th percentile of waiting times, as the bars compare them. */
export function summaryOf(waits: readonly number[]): { median: number; p95: number } {
  const sorted = [...waits].sort((first, second) => first - second);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] as number;
  return { median: at(0.5), p95: at(0.95) };
}
