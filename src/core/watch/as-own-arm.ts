// Production judged by a metric of arms, with itself as the arm: a thing like low confidence is defined once, for arms and for watches.
import type { Metric } from '../compare/metric.ts';
import type { About, Sight } from './watch.ts';

/** Whether the metric counts production's own answer; null when it cannot be asked. */
export function happenedToProduction(metric: Metric): (sight: Sight, about: About) => boolean | null {
  return ({ prediction }, { decision }) => {
    if (prediction === null || decision === null) return null;
    const predictions = { [decision.name]: prediction };
    const arm = { status: 'ok', reason: null, latencyMs: 0, answer: null, predictions, faultActed: null } as const;
    const pair = { exchangeId: '', production: { latencyMs: 0, predictions }, arm, control: null, sloLatencyMs: 1 };
    const observed = metric.observe(pair, { decision, against: 'limit' });
    return observed === null ? null : observed === 1;
  };
}
