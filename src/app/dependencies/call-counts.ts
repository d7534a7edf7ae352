// How many calls of a dependency each request of each arm caused, as its proxy counted them by the ids that pods forward. Memory is
// bounded; what may have been missed is unknown, never 0.
import type { CallsSince } from '../../faults/proxy/calls-per-request.ts';

export interface AskedRequest {
  readonly arm: string;
  /** What the pod may forward, the first that was seen counts: request id, trace id. */
  readonly ids: readonly string[];
  /** Wall time of the request, and of the moment by which its calls were made. */
  readonly from: number;
  readonly until: number;
}

export interface CallCounts {
  /** What the proxy said; `askedAt` is the wall time of the question. */
  take(page: CallsSince, options: { askedAt: number }): void;
  /** Calls may have gone by unseen. */
  lose(): void;
  /** Undefined: this arm was never seen here; null: it cannot be known; else the number of calls. */
  of(request: AskedRequest): number | null | undefined;
}

interface Count {
  calls: number;
  readonly seenAt: number;
}

/** As long as the proxy keeps of an id. */
const longestId = 200;

export function createCallCounts({ maxIds = 50_000 } = {}): CallCounts {
  const counts = new Map<string, Count>();
  const arms = new Set<string>();
  /** Nothing is known of requests before this. */
  let knownFrom = Number.POSITIVE_INFINITY;
  let askedLast = Number.NEGATIVE_INFINITY;
  const forgetOldest = (): void => {
    const [oldest] = counts;
    if (oldest === undefined) return;
    counts.delete(oldest[0]);
    knownFrom = Math.max(knownFrom, oldest[1].seenAt);
  };
  return {
    take: ({ missed, calls }, { askedAt }) => {
      if (missed > 0 || knownFrom === Number.POSITIVE_INFINITY) knownFrom = askedAt;
      askedLast = askedAt;
      for (const { id, arm, calls: more } of calls) {
        if (arm === null) continue;
        arms.add(arm);
        const known = counts.get(keyOf(arm, id));
        if (known) known.calls += more;
        else counts.set(keyOf(arm, id), { calls: more, seenAt: askedAt });
        if (counts.size > maxIds) forgetOldest();
      }
    },
    lose: () => {
      knownFrom = Number.POSITIVE_INFINITY;
    },
    of: ({ arm, ids, from, until }) => {
      if (!arms.has(arm)) return undefined;
      if (from < knownFrom || askedLast < until) return null;
      for (const id of ids) {
        const found = counts.get(keyOf(arm, id));
        if (found) return found.calls;
      }
      return 0;
    },
  };
}

function keyOf(arm: string, id: string): string {
  return `${arm}\n${id.slice(0, longestId)}`;
}
