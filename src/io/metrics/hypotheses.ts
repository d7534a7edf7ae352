// What the evidence says, per hypothesis: the verdict as a state, and the figures that a dashboard draws: estimate, interval and limit,
// evidence and what it must reach.
import type { Evidence, Verdict } from '../../model.ts';
import type { Families, Room } from './families.ts';

export interface HypothesisSeries {
  readonly experiment: string;
  readonly arm: string;
  readonly role: string;
  readonly hypothesis: string;
  readonly metric: string;
  /** page, ticket or none. */
  readonly notify: string;
  readonly verdict: Verdict;
  readonly tolerance: number;
  readonly logEUpNeeded: number;
  readonly logEDownNeeded: number;
  /** Reading evidence costs more than showing it: only what has room is read. */
  read(): Pick<Evidence, 'n' | 'estimate' | 'interval' | 'logEUp' | 'logEDown' | 'stillNeeded'>;
}

const labels = ['experiment', 'arm', 'role', 'hypothesis'] as const;

/** Before everything else of an experiment: alerts rest on it. */
export function verdictMetrics({ gauge }: Families): (hypotheses: readonly HypothesisSeries[], room: Room) => void {
  const state = gauge(
    'penumbra_hypothesis_verdict',
    '1 for the verdict in force (the others have no series); notify is who is told when it is over its limit',
    [...labels, 'metric', 'notify', 'verdict'],
  );
  return (hypotheses, room) => {
    for (const { experiment, arm, role, hypothesis, metric, notify, verdict } of loudestFirst(hypotheses)) {
      if (!room.take('verdicts', 1)) continue;
      state.set({ experiment, arm, role, hypothesis, metric, notify, verdict }, 1);
    }
  };
}

export function hypothesisMetrics({ gauge }: Families): (hypotheses: readonly HypothesisSeries[], room: Room) => void {
  const own = [...labels, 'metric'];
  const observations = gauge('penumbra_hypothesis_observations', 'Observations behind the verdict', own);
  const needed = gauge(
    'penumbra_hypothesis_still_needed',
    'Further observations needed at the present estimate; none where that cannot be said',
    own,
  );
  const estimate = gauge('penumbra_hypothesis_estimate', 'Estimated rate or difference', own);
  const bound = gauge('penumbra_hypothesis_interval', 'Bounds of the interval that covers at all times', [
    ...own,
    'bound',
  ]);
  const tolerance = gauge('penumbra_hypothesis_tolerance', 'The declared limit', own);
  const evidence = gauge(
    'penumbra_hypothesis_log_evidence',
    'Natural logarithm of the e-value; up: for over the limit, down: for within it',
    [...own, 'direction'],
  );
  const threshold = gauge('penumbra_hypothesis_log_evidence_needed', 'What that logarithm must reach to decide', [
    ...own,
    'direction',
  ]);
  return (hypotheses, room) => {
    for (const { experiment, arm, role, hypothesis, metric, ...series } of loudestFirst(hypotheses)) {
      if (!room.take('hypotheses', 10)) continue;
      const about = { experiment, arm, role, hypothesis, metric };
      const evidenceNow = series.read();
      observations.set(about, evidenceNow.n);
      tolerance.set(about, series.tolerance);
      setKnown(needed, { about, value: evidenceNow.stillNeeded });
      setKnown(estimate, { about, value: evidenceNow.estimate });
      setKnown(bound, { about: { ...about, bound: 'lower' }, value: evidenceNow.interval?.[0] });
      setKnown(bound, { about: { ...about, bound: 'upper' }, value: evidenceNow.interval?.[1] });
      for (const [direction, reached, needs] of [
        ['up', evidenceNow.logEUp, series.logEUpNeeded],
        ['down', evidenceNow.logEDown, series.logEDownNeeded],
      ] as const) {
        setKnown(evidence, { about: { ...about, direction }, value: reached });
        setKnown(threshold, { about: { ...about, direction }, value: needs });
      }
    }
  };
}

interface Known {
  readonly about: Readonly<Record<string, string>>;
  readonly value: number | null | undefined;
}

/** What is not known has no series: a zero would be a claim. */
function setKnown(gauge: ReturnType<Families['gauge']>, { about, value }: Known): void {
  if (value !== null && value !== undefined && Number.isFinite(value)) gauge.set(about, value);
}

const order: readonly Verdict[] = ['VIOLATED', 'REGRESSED', 'DIFFERENT', 'UNDECIDED', 'HOLDS'];

/** Where the room does not suffice for all, those that somebody must see have it. */
function loudestFirst<One extends { readonly verdict: Verdict }>(all: readonly One[]): readonly One[] {
  return all.toSorted((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
}
