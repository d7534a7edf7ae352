// What the proxy has seen of the dependency: calls by outcome, how long they took for the caller and at the upstream, and
// how often the dependency's own promise was broken. Plain numbers; metrics.ts draws them.
import type { SloLimits } from './settings.ts';

/**
 * ok: answered, and not with a 5xx · error_status: answered 5xx · connect: the upstream could not be reached · broken: the
 * connection broke before the answer was whole · reset, silent: by a fault · abandoned: the caller left first ·
 * refused: over a cap · unreadable: not HTTP/1.1 that can be followed.
 */
export const callOutcomes = [
  'ok',
  'error_status',
  'connect',
  'broken',
  'reset',
  'silent',
  'abandoned',
  'refused',
  'unreadable',
] as const;
export type CallOutcome = (typeof callOutcomes)[number];

export interface Histogram {
  add(ms: number): void;
  /** The upper edge of the bucket that holds the quantile; null without values. */
  quantile(share: number): number | null;
  readonly counts: readonly number[];
  readonly sumMs: number;
  readonly count: number;
}

export interface Counts {
  ended(outcome: CallOutcome, latencyMs: number): void;
  upstreamAnswered(latencyMs: number): void;
  readonly outcomes: Readonly<Record<CallOutcome, number>>;
  readonly caller: Histogram;
  readonly upstream: Histogram;
  /** Calls slower than the declared limit, and calls without a good answer. */
  readonly breaches: { readonly latency: number; readonly errors: number };
  readonly calls: number;
  /** Calls to which at least one fault did something. */
  faulted: number;
  tunnels: number;
  failovers: number;
  leasesExpired: number;
}

/** Upper edges in milliseconds: four to an octave (19 % apart), 0.1 ms to about 110 s. */
export const bucketEdgesMs: readonly number[] = Array.from({ length: 81 }, (_, index) => 0.1 * 2 ** (index / 4));
const perOctave = 4;
const firstEdgeMs = 0.1;

/** Told of every value too, for whoever keeps a histogram of their own. */
export interface CountsWatch {
  caller(latencyMs: number): void;
  upstream(latencyMs: number): void;
}

export function createCounts(slo: SloLimits, watch: CountsWatch | null = null): Counts {
  const outcomes = Object.fromEntries(callOutcomes.map((name) => [name, 0])) as Record<CallOutcome, number>;
  const caller = createHistogram();
  const upstream = createHistogram();
  const breaches = { latency: 0, errors: 0 };
  let calls = 0;
  return {
    ended: (outcome, latencyMs) => {
      calls++;
      outcomes[outcome]++;
      caller.add(latencyMs);
      watch?.caller(latencyMs);
      if (outcome !== 'ok') breaches.errors++;
      if (slo.latencyMs !== null && latencyMs > slo.latencyMs) breaches.latency++;
    },
    upstreamAnswered: (latencyMs) => {
      upstream.add(latencyMs);
      watch?.upstream(latencyMs);
    },
    outcomes,
    caller,
    upstream,
    breaches,
    get calls() {
      return calls;
    },
    faulted: 0,
    tunnels: 0,
    failovers: 0,
    leasesExpired: 0,
  };
}

function createHistogram(): Histogram {
  const counts = new Array<number>(bucketEdgesMs.length + 1).fill(0);
  let sumMs = 0;
  let count = 0;
  return {
    add: (ms) => {
      const at = ms <= firstEdgeMs ? 0 : Math.ceil(Math.log2(ms / firstEdgeMs) * perOctave - 1e-9);
      const bucket = Math.min(at, counts.length - 1);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      sumMs += ms;
      count++;
    },
    quantile: (share) => {
      if (count === 0) return null;
      let left = share * count;
      const bucket = counts.findIndex((held) => {
        left -= held;
        return left <= 0;
      });
      return bucketEdgesMs[Math.min(bucket, bucketEdgesMs.length - 1)] ?? null;
    },
    counts,
    get sumMs() {
      return sumMs;
    },
    get count() {
      return count;
    },
  };
}
