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

/** What an alert is about; it decides the alert's name, and what is silent while something else fires. */
export type AlertCause = 'arm' | 'control' | 'production' | 'run' | 'dependency';

export interface Alert {
  /** Same on every repeat of the same cause, so that receivers can deduplicate. */
  readonly key: string;
  readonly status: 'firing' | 'resolved';
  readonly severity: 'page' | 'ticket';
  readonly cause: AlertCause;
  readonly experiment: string;
  readonly run: string;
  readonly arm: string | null;
  /** A watch's id where the cause is production, the dependency's name where it is one; then there is no run. */
  readonly hypothesis: string | null;
  readonly summary: string;
  readonly at: number;
}

/** An alert as it is sent. */
export interface SentAlert extends Alert {
  /** The same on every try of this change of state, and of no other. */
  readonly id: string;
  readonly name: string;
  readonly service: string;
  /** Its identity for an Alertmanager: never a number, never a time. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What a sink is given at once: people get one message for it. */
export interface Notification {
  /** The same on every try. */
  readonly key: string;
  readonly service: string;
  readonly summary: string;
  readonly alerts: readonly SentAlert[];
  readonly at: number;
}
