// The full panel of one arm against a control, as a run with every metric counts it: the panel of N1 and N21, and of the benchmark.
import { bernoulli } from '../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../src/core/stats/bounded-mean.ts';
import { addDifference, differenceEvidence, differenceSize } from '../../src/core/stats/difference.ts';
import { latencyRatio } from '../../src/core/stats/latency-ratio.ts';
import { pairedKs } from '../../src/core/stats/paired-ks.ts';
import { type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';

/** One request, as it came back from production, arm and control. */
export interface PanelPair {
  readonly production: number;
  readonly arm: number;
  readonly control: number;
  readonly armFlipped: boolean;
  readonly controlFlipped: boolean;
  readonly failed: 0 | 1;
  readonly armMs: number;
  readonly controlMs: number;
}

export interface Panel {
  readonly flip: number[];
  readonly material: number[];
  readonly error: number[];
  readonly timeout: number[];
  readonly mean: number[];
  readonly ks: number[];
  readonly difference: number[];
  /** Null: without latency. */
  readonly latency: number[] | null;
}

/** Metrics that share the run's error budget: six against a limit and DIFFERENT. */
export const panelMetrics = 7;

export function createPanel({ withLatency }: { withLatency: boolean }): Panel {
  return {
    flip: zeroCounts(bernoulli.size),
    material: zeroCounts(bernoulli.size),
    error: zeroCounts(bernoulli.size),
    timeout: zeroCounts(bernoulli.size),
    mean: zeroCounts(boundedMean.size),
    ks: zeroCounts(pairedKs.size),
    difference: zeroCounts(differenceSize),
    latency: withLatency ? zeroCounts(latencyRatio.size) : null,
  };
}

export function addPair(panel: Panel, pair: PanelPair): void {
  const { production, arm, control, armFlipped, controlFlipped, failed, armMs, controlMs } = pair;
  const distance = Math.abs(arm - production);
  bernoulli.add(panel.flip, armFlipped ? 1 : 0);
  bernoulli.add(panel.material, distance > 0.05 ? 1 : 0);
  bernoulli.add(panel.error, failed);
  bernoulli.add(panel.timeout, failed);
  boundedMean.add(panel.mean, distance);
  pairedKs.add(panel.ks, [production, arm]);
  addDifference(panel.difference, {
    arm: distance,
    control: Math.abs(control - production),
    armFlipped,
    controlFlipped,
  });
  if (panel.latency !== null) latencyRatio.add(panel.latency, [controlMs, armMs]);
}

interface Judged {
  readonly name: Exclude<keyof Panel, 'difference'>;
  readonly statistic: Statistic;
  readonly tolerance: number;
}

/** The default limit of every metric. */
export const judgedMetrics: readonly Judged[] = [
  { name: 'flip', statistic: bernoulli, tolerance: 0.01 },
  { name: 'material', statistic: bernoulli, tolerance: 0.01 },
  { name: 'error', statistic: bernoulli, tolerance: 0.005 },
  { name: 'timeout', statistic: bernoulli, tolerance: 0.005 },
  { name: 'mean', statistic: boundedMean, tolerance: 0.01 },
  { name: 'ks', statistic: pairedKs, tolerance: 0.02 },
  { name: 'latency', statistic: latencyRatio, tolerance: 0.2 },
];

/** Every e-value of the panel: the metrics' evidence for VIOLATED and HOLDS, and DIFFERENT's. */
export function judgePanel(panel: Panel): { up: number; name: string }[] {
  const found: { up: number; name: string }[] = [];
  for (const { name, statistic, tolerance } of judgedMetrics) {
    const counts = panel[name];
    if (counts !== null) found.push({ name, up: statistic.logE(counts, tolerance).up });
  }
  found.push({ name: 'different', up: differenceEvidence(panel.difference).logE });
  return found;
}
