// The effective form of `drill`: plain data with every default filled in, from which the drill's experiment is made.
import type { KindUse, StopCondition } from '../model.ts';

/** The name of every drill's experiment: its alerts have keys that begin with it, and no experiment of a config may have it. */
export const drillName = 'drill';
/** The name of its only arm. */
export const plantedArm = 'planted';

export interface DrillConfig {
  /** Whose arm is asked. */
  readonly experiment: string;
  readonly arm: string;
  readonly perturbations: readonly KindUse[];
  /** Names; each is judged. */
  readonly decisions: readonly string[];
  readonly tolerance: number;
  readonly share: number;
  /** From the drill's start to the alert's arrival. */
  readonly withinMs: number;
  readonly maxRequestsPerSecond: number;
  readonly maxRequests: number;
  readonly stopWhen: readonly StopCondition[];
  /** An Alertmanager that is asked for the alert; null: the sinks' own word is all there is, unless who asked looks for itself. */
  readonly receiver: string | null;
  /** Null: only when somebody asks for one. */
  readonly schedule: DrillTimes | null;
}

export interface DrillTimes {
  /** A cron line with its zone, or else `everyMs`. */
  readonly at?: string;
  readonly zone?: string;
  readonly everyMs?: number;
}
