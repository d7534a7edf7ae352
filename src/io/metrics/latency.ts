// Latencies as real histograms, out of the log buckets that the tallies hold anyway: cumulative, exact at every edge. The sum is read
// from bucket middles, 1.2 % off at most.
import { latencyBucketEndMs } from '../../core/stats/latency-histogram.ts';
import type { Families, GivenSample, Room } from './families.ts';

export interface LatencySeries {
  readonly experiment: string;
  /** Null: production's own. */
  readonly arm: string | null;
  /** Counts of core/stats/latency-histogram. */
  readonly counts: readonly number[];
}

/** Every 24th bucket from 0.43 ms on: 1.73 apart, up to 24 s. */
const edges = Array.from({ length: 21 }, (_, place) => 64 + 24 * place).map((bucket) => ({
  bucket,
  seconds: roundedUp(latencyBucketEndMs(bucket) / 1000),
}));
const seriesEach = edges.length + 3;

export function latencyMetrics({ histogram }: Families): (all: readonly LatencySeries[], room: Room) => void {
  let shown: readonly LatencySeries[] = [];
  const samplesOf = (name: string, isIt: (one: LatencySeries) => boolean) => () =>
    shown.filter(isIt).flatMap((one) => samplesFrom(name, one));
  const [ofArm, ofProduction] = ['penumbra_arm_latency_seconds', 'penumbra_production_latency_seconds'];
  histogram(ofArm, 'Latency of the arm’s ok answers in the active run; _sum within 1.2 %', {
    labels: ['experiment', 'arm'],
    samples: samplesOf(ofArm, ({ arm }) => arm !== null),
  });
  histogram(ofProduction, 'Latency of production on the exchanges that the active run compared; _sum within 1.2 %', {
    labels: ['experiment'],
    samples: samplesOf(ofProduction, ({ arm }) => arm === null),
  });
  return (all, room) => {
    shown = all.filter(() => room.take('latency', seriesEach));
  };
}

function samplesFrom(name: string, { experiment, arm, counts }: LatencySeries): GivenSample[] {
  const labels = arm === null ? { experiment } : { experiment, arm };
  const samples: GivenSample[] = [];
  let [count, sum, edge] = [0, 0, 0];
  for (const [bucket, more] of counts.entries()) {
    if (more > 0) {
      count += more;
      sum += more * middleSecondsOf(bucket);
    }
    if (bucket !== edges[edge]?.bucket) continue;
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le: edges[edge]?.seconds ?? 0 }, value: count });
    edge += 1;
  }
  return [
    ...samples,
    { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

function middleSecondsOf(bucket: number): number {
  const endMs = latencyBucketEndMs(bucket);
  return (bucket === 0 ? endMs / 2 : Math.sqrt(endMs * latencyBucketEndMs(bucket - 1))) / 1000;
}

/** To three digits, and never below: what was counted is within the edge that is said. */
function roundedUp(seconds: number): number {
  const digit = 10 ** (Math.floor(Math.log10(seconds)) - 2);
  return Number((Math.ceil(seconds / digit) * digit).toPrecision(3));
}
