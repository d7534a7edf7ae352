// What leaves penumbra: the gate’s decision and alerts.

export type GateVerdict =
  | 'PASS'
  | 'FAIL'
  | 'INCONCLUSIVE'
  | 'NO_DATA'
  | 'STALE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'BIASED'
  | 'ERROR';

export interface GateDecision {
  readonly verdict: GateVerdict;
  readonly exitCode: number;
  readonly reasonCode: string;
  /** Plain sentences, most important first. */
  readonly reasons: readonly string[];
}

export interface Alert {
  /** Same on every repeat of the same cause, so that receivers can deduplicate. */
  readonly key: string;
  readonly status: 'firing' | 'resolved';
  readonly experiment: string;
  readonly run: string;
  readonly arm: string | null;
  readonly hypothesis: string | null;
  readonly summary: string;
  readonly at: number;
}
