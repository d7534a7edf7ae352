// The conservation law: nothing that was received is ever unaccounted for.

export type SkipReason =
  | 'share'
  | 'budget'
  | 'duplicate'
  | 'production_failed'
  | 'batch'
  | 'warm_up'
  | 'too_large'
  | 'run_ended';
export type DropReason = 'late' | 'restart' | 'store_failed';

/** received = compared + Σ skipped + Σ dropped + inFlight, per run and arm, at any moment. */
export interface Conservation {
  readonly received: number;
  readonly compared: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly inFlight: number;
}
