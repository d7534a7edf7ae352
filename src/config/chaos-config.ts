// The effective form of `chaos`: plain data with every default filled in, from which the suite's experiments are made.
import type { BlastRadius, CronTimes, KindUse, Relation, StopCondition, TargetSpec } from '../model.ts';

export interface ChaosConfig {
  /** At least one; the first is the one in production. */
  readonly versions: readonly ChaosVersion[];
  readonly traffic: ChaosTraffic;
  readonly features: readonly string[];
  readonly faults: readonly ChaosFault[];
  /** What is written most closely to a cell wins, metric by metric. */
  readonly expectations: readonly ChaosExpectation[];
  readonly warmUpRequests: number;
  readonly deadlineMs: number;
  readonly inFlight: number;
  readonly maxTimeMs: number;
  readonly bucketMs: number;
}

export interface ChaosVersion {
  readonly name: string;
  readonly target: TargetSpec;
}

export type ChaosTraffic = RecordedTraffic | LiveTraffic;

export interface RecordedTraffic {
  readonly type: 'rows' | 'recording';
  readonly file: string;
  /** Most requests that a cell is asked. */
  readonly requests: number;
  readonly perSecond: number;
}

/** What production gets while the suite runs, each cell an experiment of its own within `serve`. */
export interface LiveTraffic {
  readonly type: 'live';
  /** Most requests that a cell is asked. */
  readonly requests: number;
  /** Most time that a cell takes, from its first counted request on. */
  readonly cellMs: number;
  readonly share: number;
  readonly blastRadius: BlastRadius;
  readonly stopWhen: readonly StopCondition[];
  /** When the suite starts by itself; null: only when it is asked to. */
  readonly schedule: CronTimes | null;
}

/** A suite that the command itself runs. */
export interface RecordedSuite extends ChaosConfig {
  readonly traffic: RecordedTraffic;
}

/** A suite that runs within `serve`. */
export interface LiveSuite extends ChaosConfig {
  readonly traffic: LiveTraffic;
}

export function isRecorded(chaos: ChaosConfig): chaos is RecordedSuite {
  return !isLive(chaos);
}

export function isLive(chaos: ChaosConfig): chaos is LiveSuite {
  return chaos.traffic.type === 'live';
}

export interface ChaosFault {
  readonly name: string;
  /** With `eachFeature` where the feature is put in. */
  readonly perturbations: readonly KindUse[];
  readonly faults: readonly KindUse[];
  /** The features it is done to in turn; null: it names none, and is done to the whole request. */
  readonly features: readonly string[] | null;
}

export interface ChaosExpectation {
  /** "all", a fault's name, or "fault.feature". */
  readonly about: string;
  readonly claims: readonly ChaosClaim[];
}

export interface ChaosClaim {
  readonly metric: string;
  /** Null: about the whole answer. */
  readonly decision: string | null;
  readonly options: Readonly<Record<string, unknown>>;
  readonly relation: Relation;
  readonly tolerance: number;
  readonly minActed: number;
}

/** The feature whose turn it is, in a perturbation. */
const eachFeature = 'each';
/** Stands for every cell in `expect`. */
export const everyFault = 'all';

/** The perturbations of a fault for one feature. */
export function perturbationsFor(uses: readonly KindUse[], feature: string | null): readonly KindUse[] {
  return uses.map(({ type, options }) => ({
    type,
    options: Object.fromEntries(
      Object.entries(options).map(([name, value]) => [name, name === 'share' ? value : put(value, feature)]),
    ),
  }));
}

/** A value with `each` replaced, also inside of a list. */
export function put(value: unknown, feature: string | null): unknown {
  if (Array.isArray(value)) return value.map((item) => put(item, feature));
  return value === eachFeature && feature !== null ? feature : value;
}

/** What is claimed of one cell: of each metric and decision, what is written most closely to it. */
export function claimsFor(
  { expectations }: Pick<ChaosConfig, 'expectations'>,
  { fault, feature }: { readonly fault: string; readonly feature: string | null },
): readonly ChaosClaim[] {
  const claims = new Map<string, ChaosClaim>();
  for (const about of [everyFault, fault, `${fault}.${feature}`]) {
    const found = expectations.find((one) => one.about === about);
    for (const claim of found?.claims ?? []) claims.set(`${claim.decision}\u0000${claim.metric}`, claim);
  }
  return [...claims.values()];
}
