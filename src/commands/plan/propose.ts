// From recorded pairs to limits: what each arm did, how far it may be from that by chance, and the next round limit above.
import { metricNamed } from '../../core/compare/index.ts';
import { isKnownToAct } from '../../core/judge/known-to-act.ts';
import { createObserver, type Observer, statisticOf } from '../../core/judge/observe.ts';
import { zeroCounts } from '../../core/stats/statistic.ts';
import type { Arm, Counts, Decision, Evidence, Experiment, Hypothesis, Pair } from '../../model.ts';

export interface Proposal {
  readonly arm: Arm;
  /** About what: metric, decision, and the proposed limit as its tolerance (or half where there is none). */
  readonly hypothesis: Hypothesis;
  /** Evidence about the proposed limit. */
  readonly evidence: Evidence;
  /** Null where even the largest limit lies below the interval's upper end. */
  readonly limit: number | null;
  /** Requests that count until the limit is proven at what was recorded; null when that cannot be said. */
  readonly needed: number | null;
}

export interface Proposer {
  onPair(arm: Arm, pair: Pair): void;
  /** In the order of arms, decisions and metrics; those without an observation are left out. */
  proposals(): readonly Proposal[];
}

/** Metrics of an answer that a limit can be proposed for; silent-wrong is what faults are judged by. */
const ofAnswers = ['flip', 'material', 'mean-difference', 'paired-ks'];
const ofFaults = [...ofAnswers, 'silent-wrong'];

/** Limits that people write, from "practically none" up. */
export const roundLimits: readonly number[] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];

/** The smallest round limit above the interval's upper end. */
export function limitAbove({ interval }: Pick<Evidence, 'interval'>): number | null {
  const upper = interval?.[1] ?? 1;
  return roundLimits.find((limit) => limit > upper) ?? null;
}

interface Watched {
  readonly arm: Arm;
  readonly hypothesis: Hypothesis;
  readonly observer: Observer;
  readonly counts: number[];
  /** The counts as they were at growing numbers of requests, for saying when a limit would have been proven. */
  readonly snapshots: Counts[];
}

export function createProposer(experiment: Experiment, setting: ProposalSetting): Proposer {
  const { arms, rows } = experiment;
  const watched = arms.flatMap((arm) => watchedOf(arm, { ...setting, rows }));
  return {
    onPair: ({ name }, pair) => {
      for (const one of watched) if (one.arm.name === name) watch(one, pair);
    },
    proposals: () => watched.filter(({ counts }) => counts[0] !== 0).map(proposalOf),
  };
}

export interface ProposalSetting {
  readonly decisions: readonly Decision[];
  readonly alpha: number;
}

interface Watching extends ProposalSetting, Pick<Experiment, 'rows'> {}

function watchedOf(arm: Arm, { decisions, alpha, rows }: Watching): Watched[] {
  const names = arm.role === 'fault' ? ofFaults : ofAnswers;
  return decisions.flatMap((decision) =>
    names.flatMap((metric) => {
      const known = metricNamed(metric);
      // For a label every difference is a flip.
      const isSame = decision.kind === 'label' && metric !== 'flip';
      if (known === undefined || !known.applies(decision.kind) || known.whyUnfit?.(decision) || isSame) return [];
      const hypothesis = about({ arm, decision, metric, alpha, rows });
      const observer = createObserver(hypothesis, decision);
      return [{ arm, hypothesis, observer, counts: zeroCounts(observer.size), snapshots: [] }];
    }),
  );
}

interface About extends Pick<Watching, 'alpha' | 'rows'> {
  readonly arm: Arm;
  readonly decision: Decision;
  readonly metric: string;
}

function about({ arm, decision, metric, alpha, rows }: About): Hypothesis {
  return {
    id: `${arm.name}.${decision.name}.${metric}`,
    arm: arm.name,
    decision: decision.name,
    metric,
    options: {},
    segmentation: null,
    rows,
    relation: 'bounded',
    against: 'limit',
    tolerance: 0.5,
    minActed: 0,
    required: false,
    automatic: true,
    alphaViolated: alpha,
    alphaHolds: alpha,
  };
}

const growth = 1.1;

function watch({ arm, observer, counts, snapshots }: Watched, pair: Pair): void {
  // As when it is judged.
  if (!observer.observe(counts, isKnownToAct(arm) ? pair : withoutActing(pair))) return;
  const [n = 0] = counts;
  const last = snapshots.at(-1)?.[0] ?? 0;
  if (n >= Math.max(10, growth * last)) snapshots.push([...counts]);
}

function withoutActing({ rows, ...pair }: Pair): Pair {
  const seen = { ...pair, arm: { ...pair.arm, faultActed: null } };
  return rows === undefined ? seen : { ...seen, rows: rows.map(withoutActing) };
}

function proposalOf({ arm, hypothesis: asked, counts, snapshots }: Watched): Proposal {
  const { alphaViolated, alphaHolds, tolerance } = asked;
  const statistic = statisticOf(asked);
  const limit = limitAbove(statistic.evidence(counts, { tolerance, alphaViolated, alphaHolds }));
  const hypothesis = limit === null ? asked : { ...asked, tolerance: limit };
  const evidence = statistic.evidence(counts, { tolerance: hypothesis.tolerance, alphaViolated, alphaHolds });
  if (limit === null) return { arm, hypothesis, evidence, limit, needed: null };
  const isProven = (then: Counts): boolean => statistic.logE(then, limit).down >= Math.log(1 / alphaHolds);
  const all = [...snapshots, counts];
  // From where on it stayed proven: an early lucky stretch is no forecast.
  const since = all[all.findLastIndex((then) => !isProven(then)) + 1];
  const more = evidence.stillNeeded === null ? null : evidence.n + evidence.stillNeeded;
  return { arm, hypothesis, evidence, limit, needed: since?.[0] ?? more };
}
