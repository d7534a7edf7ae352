// Collects what a scrape of /metrics shows from the runs in memory.
import type { MetricsSnapshot } from '../io/metrics.ts';
import type { Source } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import type { Flow } from '../pipeline/flow.ts';
import { isConserved } from '../pipeline/run-context.ts';
import type { Truths } from '../pipeline/truth.ts';
import type { RunView, WatchesView } from '../pipeline/view-types.ts';

export interface SnapshotParts {
  readonly views: readonly RunView[];
  readonly watches: WatchesView;
  readonly sources: readonly Source[];
  readonly flow: Flow;
  readonly store: Store;
  readonly truths: Truths;
}

export function snapshotOf({ views, watches, sources, flow, store, truths }: SnapshotParts): MetricsSnapshot {
  return {
    runs: views.map(({ experiment, id, state }) => ({ experiment, run: id, state })),
    arms: views.flatMap(({ experiment, arms }) =>
      arms.map(({ name, conservation, statuses, p50Ms, p99Ms }) => ({
        experiment,
        arm: name,
        ...conservation,
        statuses,
        isConserved: isConserved(conservation),
        latencySeconds: { ...quantile('0.5', p50Ms), ...quantile('0.99', p99Ms) },
      })),
    ),
    hypotheses: views.flatMap(({ experiment, arms }) =>
      arms.flatMap(({ name, hypotheses }) =>
        hypotheses.map((one) => ({ ...one, experiment, arm: name, hypothesis: one.id })),
      ),
    ),
    sources: sources.flatMap((source) =>
      Object.entries(source.losses()).map(([reason, count]) => ({ source: source.name, reason, count })),
    ),
    ignored: Object.fromEntries(flow.ignored),
    undeliveredAlerts: store.undeliveredAlerts(),
    unmatchedOutcomes: truths.unmatched(),
    watches: { late: watches.late, series: watches.watches },
  };
}

function quantile(name: string, ms: number | null): Record<string, number> {
  return ms === null ? {} : { [name]: ms / 1000 };
}
