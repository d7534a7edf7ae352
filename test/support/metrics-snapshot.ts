// A snapshot with something of every subject, for what is said about it; and one as large as a test wants.
import { createLatencyCounts } from '../../src/core/stats/latency-histogram.ts';
import type { MetricsSnapshot } from '../../src/io/metrics/index.ts';
import type { Verdict } from '../../src/model.ts';

const arm: MetricsSnapshot['arms'][number] = {
  experiment: 'e',
  arm: 'candidate',
  role: 'candidate',
  version: 'v2',
  received: 10,
  compared: 5,
  inFlight: 2,
  skipped: { duplicate: 1 },
  dropped: { late: 2 },
  statuses: { ok: 4, timeout: 1 },
  warmUp: { ok: 3, failed: 1 },
  isConserved: true,
  strikes: {
    count: 3,
    recovered: 2,
    firstCorrectMs: { median: 250, max: 900 },
    hit: 40,
    lost: 30,
    wrong: 2,
    slow: 8,
  },
};

const hypothesis: MetricsSnapshot['hypotheses'][number] = {
  experiment: 'e',
  arm: 'candidate',
  role: 'candidate',
  hypothesis: 'candidate.late.flip',
  metric: 'flip',
  notify: 'page',
  verdict: 'HOLDS',
  tolerance: 0.5,
  logEUpNeeded: 4.6,
  logEDownNeeded: 4.6,
  read: () => ({ n: 5, estimate: 0.1, interval: [0.05, 0.2], logEUp: -1, logEDown: 5, stillNeeded: 0 }),
  segments: [
    {
      segment: 'short haul',
      verdict: 'UNDECIDED',
      requests: 4,
      read: () => ({ n: 3, estimate: 0.2, interval: [0.1, 0.6] }),
    },
  ],
};

/** Of these latencies in milliseconds, as the tallies count them. */
export function countsOf(...buckets: readonly (readonly [bucket: number, count: number])[]): number[] {
  const counts = createLatencyCounts();
  for (const [bucket, count] of buckets) counts[bucket] = count;
  return counts;
}

export const snapshot: MetricsSnapshot = {
  runs: {
    active: [
      {
        experiment: 'e',
        run: 'r1',
        state: 'RUNNING',
        startedAt: 1_700_000_000_000,
        share: 0.5,
        maxRequestsPerSecond: 50,
      },
    ],
    ended: [{ experiment: 'e', state: 'ABORTED', count: 2 }],
    isKilled: false,
    overrides: ['r0'],
  },
  arms: [arm],
  hypotheses: [
    hypothesis,
    {
      ...hypothesis,
      experiment: 'e "quoted"\n\\',
      hypothesis: 'empty',
      notify: 'none',
      verdict: 'UNDECIDED',
      read: () => ({
        n: 0,
        estimate: null,
        interval: null,
        logEUp: Number.NEGATIVE_INFINITY,
        logEDown: 0,
        stillNeeded: null,
      }),
      segments: [],
    },
  ],
  latencies: [
    { experiment: 'e', arm: null, counts: countsOf([100, 4]) },
    { experiment: 'e', arm: 'candidate', counts: countsOf([0, 1], [64, 2], [65, 3], [619, 4]) },
  ],
  sources: {
    losses: [{ source: 'tap', reason: 'lost_copy', count: 3 }],
    ignored: { shadow: 4 },
    unmatchedOutcomes: 2,
    taps: [
      {
        silentSeconds: 1,
        connections: 9,
        open: 4,
        refused: 0,
        unreachable: 1,
        requests: 50,
        sampled: 40,
        copied: 38,
        lost: { queue_full: 2 },
        blind: { tls: 3 },
      },
      {
        silentSeconds: 3600,
        connections: 1,
        open: 1,
        refused: 0,
        unreachable: 0,
        requests: 5,
        sampled: 5,
        copied: 5,
        lost: { queue_full: 0 },
        blind: { tls: 1 },
      },
    ],
  },
  alerts: { undelivered: 1, bySink: [{ sink: 'webhook pager', state: 'delivered', count: 7 }] },
  drills: {
    results: { arrived: 2 },
    detectionMs: 1500,
    deliveryMs: 200,
    arrivalMs: 300,
    lastSuccessAt: 1_700_000_000_000,
  },
  watches: {
    late: 3,
    series: [
      {
        id: 'w',
        status: 'QUIET',
        notify: 'page',
        n: 5,
        seen: 6,
        tolerance: 0.01,
        recent: { rate: 0.2, interval: [0.1, 0.4] },
      },
      {
        id: 'blind',
        status: 'NO_DATA',
        notify: 'page',
        n: 0,
        seen: 6,
        tolerance: 0.01,
        recent: { rate: null, interval: null },
      },
    ],
  },
  dependencies: [
    {
      dependency: 'feature-store',
      isReachable: true,
      isPromiseKept: false,
      outcomes: { ok: 9, connect: 1 },
      availability: 0.9,
      latencySeconds: { 50: 0.004, 99: 0.8 },
      promised: { latencySeconds: 0.05, errorRatio: 0.01 },
      broken: { latency: 3, errors: 1 },
      faultsOn: 1,
      isUnrestored: false,
      faulted: 3,
      callsPerRequest: 2,
    },
  ],
  robustness: {
    endedAt: 1_700_000_000_000,
    cells: [
      {
        version: 'v1',
        feature: 'delay',
        fault: 'zero',
        decision: 'late',
        metric: 'silent-wrong',
        estimate: 0.3,
        limit: 0.05,
        verdict: 'VIOLATED',
      },
    ],
  },
};

export interface Size {
  readonly arms: number;
  readonly segments: number;
  readonly hypotheses?: number;
}

/** Names as traffic may make them. */
export function largeSnapshot({ arms, segments, hypotheses = 5 }: Size): MetricsSnapshot {
  const range = (length: number) => Array.from({ length }, (_, index) => index);
  const latency = countsOf(...range(40).map((index) => [200 + index, index] as const));
  const verdictOf = (index: number): Verdict => (index === 3 ? 'VIOLATED' : 'UNDECIDED');
  const of = (index: number) => ({ arm: `arm-${index}`, role: 'candidate' });
  return {
    ...snapshot,
    arms: range(arms).map((index) => ({ ...arm, ...of(index) })),
    hypotheses: range(arms).flatMap((index) =>
      range(hypotheses).map((place) => ({
        ...hypothesis,
        ...of(index),
        hypothesis: `arm-${index}.late.metric-${place}`,
        verdict: place === 3 ? ('VIOLATED' as const) : hypothesis.verdict,
        segments: range(place === 0 ? segments : 0).map((segment) => ({
          segment: `"${segment}"\\ value\nof the traffic`,
          verdict: verdictOf(segment),
          requests: segment,
          read: () => ({ n: segment, estimate: 0.1, interval: [0, 1] as const }),
        })),
      })),
    ),
    latencies: range(arms).map((index) => ({ experiment: 'e', arm: `arm-${index}`, counts: latency })),
  };
}
