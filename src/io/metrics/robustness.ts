// The latest robustness card: what every version does under every fault of every feature.
import type { Families, Room } from './families.ts';

export interface RobustnessSeries {
  /** Epoch milliseconds; null while the suite goes on. */
  readonly endedAt: number | null;
  readonly cells: readonly RobustnessCell[];
}

export interface RobustnessCell {
  readonly version: string;
  readonly feature: string;
  readonly fault: string;
  readonly decision: string | null;
  readonly metric: string;
  readonly estimate: number | null;
  readonly limit: number;
  readonly verdict: string;
}

export function robustnessMetrics({ gauge }: Families): (card: RobustnessSeries, room: Room) => void {
  const labels = ['version', 'feature', 'fault', 'metric', 'decision'];
  const rate = gauge('penumbra_robustness_rate', 'Latest robustness card: rate of the metric in this cell', labels);
  const limit = gauge('penumbra_robustness_tolerance', 'Latest robustness card: the limit of this cell', labels);
  const state = gauge('penumbra_robustness_verdict', 'Latest robustness card: 1 for the verdict of this cell', [
    ...labels,
    'verdict',
  ]);
  const ended = gauge('penumbra_robustness_card_timestamp_seconds', 'When the suite of the latest card ended');
  return ({ cells, endedAt }, room) => {
    if (endedAt !== null && room.take('robustness', 1)) ended.set(endedAt / 1000);
    for (const { version, feature, fault, metric, decision, ...cell } of cells) {
      if (cell.estimate === null || !room.take('robustness', 3)) continue;
      const about = { version, feature, fault, metric, decision: decision ?? '' };
      rate.set(about, cell.estimate);
      limit.set(about, cell.limit);
      state.set({ ...about, verdict: cell.verdict }, 1);
    }
  };
}
