// Segments of a hypothesis that is judged in each. Their names come from the traffic: only so many are shown per hypothesis, those over
// the limit first, then those with the most requests; the rest is summed up as `other`.
import type { Evidence, Verdict } from '../../model.ts';
import type { Families, Room } from './families.ts';

export interface SegmentSeries {
  readonly segment: string;
  readonly verdict: Verdict;
  /** All comparable requests in it. */
  readonly requests: number;
  /** Only what has room is read. */
  read(): Pick<Evidence, 'n' | 'estimate' | 'interval'>;
}

export interface SegmentedSeries {
  readonly experiment: string;
  readonly arm: string;
  readonly hypothesis: string;
  readonly segments: readonly SegmentSeries[];
}

const other = 'other';
const mostShown = 20;
const seriesEach = 5;

export function segmentMetrics({ gauge }: Families): (all: readonly SegmentedSeries[], room: Room) => void {
  const labels = ['experiment', 'arm', 'hypothesis', 'segment'];
  const state = gauge('penumbra_segment_verdict', '1 for the verdict in force (the others have no series)', [
    ...labels,
    'verdict',
  ]);
  const observations = gauge(
    'penumbra_segment_observations',
    'Observations behind it; other: the requests of all segments that are not shown',
    labels,
  );
  const estimate = gauge('penumbra_segment_estimate', 'Estimated rate or difference in this segment', labels);
  const bound = gauge('penumbra_segment_interval', 'Bounds of the interval that covers at all times', [
    ...labels,
    'bound',
  ]);
  const show = ({ experiment, arm, hypothesis }: SegmentedSeries, { segment, verdict, read }: SegmentSeries): void => {
    const about = { experiment, arm, hypothesis, segment };
    const { n, estimate: rate, interval } = read();
    state.set({ ...about, verdict }, 1);
    observations.set(about, n);
    if (rate !== null) estimate.set(about, rate);
    if (interval === null) return;
    bound.set({ ...about, bound: 'lower' }, interval[0]);
    bound.set({ ...about, bound: 'upper' }, interval[1]);
  };
  return (all, room) => {
    // One place of each hypothesis at a time: the first must not take the room of the last.
    const ranked = all.map((one) => ({ one, segments: loudestFirst(one.segments), shown: 0 }));
    for (let place = 0; place < mostShown; place++) {
      for (const rank of ranked) {
        const segment = rank.segments[place];
        if (segment === undefined || !room.take('segments', seriesEach)) continue;
        show(rank.one, segment);
        rank.shown += 1;
      }
    }
    for (const { one, segments, shown } of ranked) {
      const rest = segments.slice(shown).reduce((sum, { requests }) => sum + requests, 0);
      if (shown === segments.length || !room.take('segments', 1)) continue;
      const { experiment, arm, hypothesis } = one;
      observations.set({ experiment, arm, hypothesis, segment: other }, rest);
    }
  };
}

/** `other` itself last: where some are left out, it is among them. */
function loudestFirst(segments: readonly SegmentSeries[]): readonly SegmentSeries[] {
  const rank = ({ segment, verdict }: SegmentSeries): number =>
    segment === other ? 2 : verdict === 'VIOLATED' || verdict === 'REGRESSED' ? 0 : 1;
  return segments.toSorted((one, two) => rank(one) - rank(two) || two.requests - one.requests);
}
