// What a replay found, as plain data: what was recorded, and per arm its hypotheses, conservation, effect sizes and tests.
// Everything but `latency` and what is judged by latency is the same in every replay of the same file.
import type { Conservation, Experiment } from '../../model.ts';
import type { ArmView, HypothesisView, RunView } from '../../pipeline/view-types.ts';
import type { DecisionPairs, PairCollector } from './collect-pairs.ts';
import type { Fed } from './feed.ts';
import type { Problems } from './problems.ts';
import { type EffectSizes, sizesOfPairs } from './sizes-of-pairs.ts';
import { type TestOnce, testsOnce } from './tests-once.ts';

export interface ReplayReport {
  readonly experiment: string;
  readonly recording: {
    readonly file: string;
    readonly lines: number;
    readonly exchanges: number;
    readonly badLines: Problems;
    readonly strangeExchanges: Problems;
    /** RFC 3339; null when no exchange could be used. */
    readonly from: string | null;
    readonly to: string | null;
    /** Null when it holds fewer than two moments. */
    readonly requestsPerSecond: number | null;
  };
  /** What a person should know before trusting the figures. */
  readonly notes: readonly string[];
  readonly arms: readonly ArmReport[];
}

export interface ArmReport {
  readonly name: string;
  readonly role: ArmView['role'];
  readonly version: string | null;
  readonly conservation: Conservation;
  readonly statuses: ArmView['statuses'];
  readonly latency: Pick<ArmView, 'p50Ms' | 'p99Ms' | 'productionP50Ms' | 'productionP99Ms'>;
  readonly hypotheses: readonly HypothesisView[];
  readonly decisions: readonly DecisionReport[];
}

export interface DecisionReport {
  readonly decision: string;
  readonly kind: string;
  /** Requests that the arm answered ok. */
  readonly n: number;
  /** Intervals cover at all times at once with probability 1 − alpha, each on its own. */
  readonly effectSizes: EffectSizes & { readonly alpha: number };
  readonly fixedSampleTests: readonly TestOnce[];
}

export interface Found {
  readonly file: string;
  readonly fed: Fed;
  readonly run: RunView;
  readonly experiment: Experiment;
  readonly pairs: PairCollector;
  readonly alpha: number;
}

export function reportOf(found: Found): ReplayReport {
  const { file, fed, run, experiment } = found;
  return {
    experiment: run.experiment,
    recording: {
      file,
      lines: fed.lines,
      exchanges: fed.exchanges,
      badLines: fed.bad,
      strangeExchanges: fed.strange,
      from: timeOf(fed.from),
      to: timeOf(fed.to),
      requestsPerSecond: recordedPerSecond(fed),
    },
    notes: [...notesOn(found), ...batchNotes(found), ...run.notes.filter((note) => !note.startsWith('ended: '))],
    arms: run.arms.map((arm) => reportArm(arm, { ...found, hasControl: experiment.arms.some(isControl) })),
  };
}

function isControl({ role }: { readonly role: string }): boolean {
  return role === 'control';
}

/** The recording's own traffic: requests per second from its first to its last arrival; null for fewer than two moments. */
export function recordedPerSecond({ from, to, understood }: Fed): number | null {
  if (from === null || to === null || to === from || understood < 2) return null;
  return ((understood - 1) / (to - from)) * 1000;
}

function reportArm(arm: ArmView, { pairs, alpha, hasControl }: Found & { readonly hasControl: boolean }): ArmReport {
  const { name, role, version, conservation, statuses, hypotheses } = arm;
  const { p50Ms, p99Ms, productionP50Ms, productionP99Ms } = arm;
  const setting = { isControl: isControl(arm), hasControl };
  const reportDecision = (of: DecisionPairs): DecisionReport => ({
    decision: of.decision.name,
    kind: of.decision.kind,
    n: of.n,
    effectSizes: { ...sizesOfPairs(of, alpha), alpha },
    fixedSampleTests: testsOnce(of, setting),
  });
  return {
    name,
    role,
    version,
    conservation,
    statuses,
    latency: { p50Ms, p99Ms, productionP50Ms, productionP99Ms },
    hypotheses,
    decisions: pairs.of(name).map(reportDecision),
  };
}

/** What happened to the recording on its way that a reader of the figures must know. */
export function notesOn({ fed, run, experiment }: Pick<Found, 'fed' | 'run' | 'experiment'>): string[] {
  const notes: string[] = [];
  const { skipped, dropped, received } = run.arms[0]?.conservation ?? { skipped: {}, dropped: {}, received: 0 };
  const { maxRequestsPerSecond, maxRequests } = experiment.blastRadius;
  if (run.state === 'WARMING') {
    notes.push(`the recording ended in the warm-up of ${experiment.warmUpRequests} requests: nothing was judged`);
  }
  if (skipped.budget !== undefined) {
    notes.push(
      `${skipped.budget} of ${received} exchanges were skipped: the recording was at times faster than the budget of ` +
        `${maxRequestsPerSecond} requests per second, which counts the recording's own time; raise budget.requests`,
    );
  }
  if (run.state === 'COMPLETED') {
    notes.push(`the budget's total of ${maxRequests} requests was used up before the recording ended`);
  }
  if (dropped.late !== undefined) {
    notes.push(
      `${dropped.late} exchanges came later in the file than their bucket was closed: sort the recording by arrivedAt`,
    );
  }
  if (fed.bad.count > 0) notes.push(`${fed.bad.count} of ${fed.lines} lines hold no exchange`);
  if (fed.strange.count > 0) notes.push(`${fed.strange.count} exchanges could not be understood`);
  if (run.supersededStreams > 0) {
    notes.push('a version changed within the recording: verdicts are about the last one, all else about the whole');
  }
  return notes;
}

function batchNotes({ run, pairs }: Found): string[] {
  const batches = Math.max(0, ...run.arms.flatMap(({ name }) => pairs.of(name).map((of) => of.batches)));
  if (batches === 0) return [];
  return [`${batches} batches are in no effect size and no fixed-sample test: rows of one request are not independent`];
}

function timeOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
