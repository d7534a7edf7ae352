// Builds what is shown about a run: the same way for a run in memory and for one that ended long ago.
import { newStreamState, readEvidence, readStream } from '../core/judge/judge-stream.ts';
import { type ArmLosses, losesTooMuch, lossNotes } from '../core/judge/losses.ts';
import { notifyOf } from '../core/judge/notify.ts';
import { latencyQuantile } from '../core/stats/latency-histogram.ts';
import type { ArmTally, GateOverride, Store, StoredRun } from '../io/store-port.ts';
import type { Arm, Conservation, Hypothesis, SegmentState, Stream } from '../model.ts';
import { unknownVersion } from './accumulate.ts';
import type { Measure } from './measures.ts';
import { conservationOf, inFlightOf, type RunContext, storedTally, sum } from './run-context.ts';
import { strikesOf } from './strikes.ts';
import { type BudgetView, budgetOf } from './view-budget.ts';
import type { ArmView, HypothesisView, RunView, SegmentView, StrikesView } from './view-types.ts';

/** One run, from memory or from the store. */
export interface RunFacts extends Pick<StoredRun, 'run'> {
  readonly streams: readonly Stream[];
  readonly tallies: readonly ArmTally[];
  readonly inFlight: number;
  readonly versions: Readonly<Record<string, string | null>>;
  /** By arm; only those whose process is struck. */
  readonly strikes?: Readonly<Record<string, StrikesView>>;
  /** The store fails: what is shown is ahead of what would survive a crash. */
  readonly isUncommitted: boolean;
  /** Of its gate, oldest first; absent: none are known here. */
  readonly overrides?: readonly GateOverride[];
  /** With what is used of it now; absent: only the limits are said. */
  readonly budget?: BudgetView;
  /** What else is to be known of it now. */
  readonly notes?: readonly string[];
}

export function factsOf(context: RunContext, store: Pick<Store, 'streams'>): RunFacts {
  return {
    run: context.run,
    streams: [
      ...store.streams(context.run.id).filter((stream) => stream.state === 'SUPERSEDED'),
      ...context.streams.values(),
    ],
    tallies: context.arms.map((arm) => ({
      ...storedTally(context, arm),
      received: conservationOf(context, arm).received,
    })),
    inFlight: inFlightOf(context),
    versions: Object.fromEntries(context.arms.map(({ arm, version }) => [arm.name, version])),
    strikes: strikesOf(context),
    isUncommitted: context.isUncommitted,
  };
}

export function storedFactsOf(store: Store, stored: StoredRun): RunFacts {
  const { run } = stored;
  const tallies = store.tallies(run.id);
  const versions = Object.fromEntries(tallies.map((tally) => [tally.arm, tally.versions?.armVersion ?? null]));
  return { run, streams: store.streams(run.id), tallies, inFlight: 0, versions, isUncommitted: false };
}

export function viewRun(facts: RunFacts, measures: readonly Measure[]): RunView {
  const { run } = facts;
  const arms = run.definition.arms.map((arm) => viewArm(facts, arm, measures));
  return {
    id: run.id,
    experiment: run.experiment,
    state: run.state,
    candidate: run.candidate,
    policyHash: run.policyHash,
    startedAt: run.startedAt,
    scoringSince: run.scoringSince,
    endedAt: run.endedAt,
    endReason: run.endReason,
    arms,
    conservation: totalOf(arms.map((arm) => arm.conservation)),
    supersededStreams: facts.streams.filter((stream) => stream.state === 'SUPERSEDED').length,
    budget: facts.budget ?? budgetOf(run.definition),
    notes: notesOn(facts, arms),
    ...(arms.map(lossesOf).some(losesTooMuch) ? { losesTooMuch: true } : {}),
    ...(run.retries === undefined ? {} : { retries: run.retries }),
    ...(facts.overrides?.length ? { overrides: facts.overrides } : {}),
  };
}

function viewArm(facts: RunFacts, arm: Arm, measures: readonly Measure[]): ArmView {
  const tally = facts.tallies.find((one) => one.arm === arm.name) ?? emptyTally(arm.name);
  const hypotheses = measures
    .filter((measure) => measure.hypothesis.arm === arm.name)
    .map((measure) => viewHypothesis(facts, measure, arm.role));
  const strikes = facts.strikes?.[arm.name];
  return {
    name: arm.name,
    role: arm.role,
    version: facts.versions[arm.name] ?? hypotheses.find((one) => one.armVersion !== null)?.armVersion ?? null,
    conservation: {
      received: tally.received,
      compared: tally.compared,
      skipped: tally.skipped,
      dropped: tally.dropped,
      inFlight: facts.inFlight,
    },
    statuses: tally.statuses,
    errorRate: tally.compared === 0 ? null : (tally.statuses.error ?? 0) / tally.compared,
    p50Ms: latencyQuantile(tally.latency, 0.5),
    p99Ms: latencyQuantile(tally.latency, 0.99),
    productionP50Ms: latencyQuantile(tally.productionLatency, 0.5),
    productionP99Ms: latencyQuantile(tally.productionLatency, 0.99),
    warmUp: { ok: tally.warmUpOk, failed: tally.warmUpFailed },
    hypotheses,
    ...(strikes === undefined ? {} : { strikes }),
  };
}

function emptyTally(arm: string): ArmTally {
  const none = { skipped: {}, dropped: {}, statuses: {}, latency: [], productionLatency: [] };
  return { arm, received: 0, compared: 0, ...none, warmUpOk: 0, warmUpFailed: 0, versions: null };
}

/** Evidence is always read anew from the counts: what is shown and what is judged cannot drift apart. */
function viewHypothesis(facts: RunFacts, measure: Measure, role: Arm['role']): HypothesisView {
  const { hypothesis } = measure;
  // By name: the evidence of a run that ended stays what it was, whatever the config says today.
  const stream = facts.streams.find((one) => one.state === 'OPEN' && one.hypothesis === hypothesis.id);
  const state = stream ?? newStreamState(measure.size, measure);
  const { verdict, decidedAt, segments } = state;
  const { evidence, missing } = readStream(state, measure);
  const { n, estimate, interval, stillNeeded, logEUp, logEDown } = evidence;
  return {
    ...declared(hypothesis),
    notify: notifyOf(hypothesis, role),
    verdict,
    n,
    decidedAt,
    estimate,
    interval,
    stillNeeded: verdict === 'UNDECIDED' ? stillNeeded : 0,
    sentence: measure.explain({ evidence, missing, verdict, decidedAt, segments }),
    segments: segments.map((segment) => viewSegment(segment, hypothesis)),
    ...(evidence.loudest === undefined ? {} : { loudest: evidence.loudest }),
    ...(hypothesis.learned === undefined ? {} : { learned: hypothesis.learned }),
    logEUp,
    logEDown,
    logEUpNeeded: -Math.log(hypothesis.alphaViolated),
    logEDownNeeded: -Math.log(hypothesis.alphaHolds),
    productionVersion: stream?.productionVersion ?? null,
    armVersion: stream?.armVersion ?? null,
    generation: stream?.generation ?? 0,
  };
}

function viewSegment({ segment, counts, verdict }: SegmentState, hypothesis: Hypothesis): SegmentView {
  const { n, estimate, interval, logEUp, logEDown } = readEvidence(counts, hypothesis).evidence;
  return { segment, verdict, n, estimate, interval, logEUp, logEDown };
}

function declared({
  id,
  decision,
  metric,
  segmentation,
  relation,
  against,
  tolerance,
  required,
  automatic,
}: Hypothesis) {
  return { id, decision, metric, segmentation, relation, against, tolerance, required, automatic };
}

function totalOf(all: readonly Conservation[]): Conservation {
  const skipped: Record<string, number> = {};
  const dropped: Record<string, number> = {};
  for (const one of all) {
    for (const [reason, count] of Object.entries(one.skipped)) skipped[reason] = (skipped[reason] ?? 0) + count;
    for (const [reason, count] of Object.entries(one.dropped)) dropped[reason] = (dropped[reason] ?? 0) + count;
  }
  return {
    received: all.reduce((total, one) => total + one.received, 0),
    compared: all.reduce((total, one) => total + one.compared, 0),
    skipped,
    dropped,
    inFlight: all.reduce((total, one) => total + one.inFlight, 0),
  };
}

function notesOn(facts: RunFacts, arms: readonly ArmView[]): string[] {
  const notes: string[] = [...(facts.notes ?? [])];
  const { retries } = facts.run;
  if (retries !== undefined) {
    notes.push(`tries run ${retries.run} again, which was ${retries.verdict}; the reason given: ${retries.reason}`);
  }
  const control = arms.find((arm) => arm.role === 'control');
  if (control === undefined) notes.push('no control arm: the noise floor is unknown');
  const production = arms
    .flatMap((arm) => arm.hypotheses)
    .find((one) => one.productionVersion !== null)?.productionVersion;
  if (control?.version != null && production != null && production !== 'unknown' && control.version !== production) {
    notes.push(`the control answers as ${control.version}, production as ${production}: this is no A/A comparison`);
  }
  notes.push(...lossNotes(arms.map(lossesOf)));
  for (const arm of arms) {
    if (arm.conservation.compared > 0 && (arm.statuses.ok ?? 0) === 0) notes.push(`${arm.name} never answered ok`);
  }
  for (const { id, learned, armVersion } of arms.flatMap((arm) => arm.hypotheses)) {
    const isOther = armVersion !== null && armVersion !== unknownVersion && armVersion !== learned?.version;
    if (learned?.version != null && isOther)
      notes.push(`${id}: ${learned.version} was asked, and the arm is ${armVersion} now: only a new run asks it again`);
  }
  if (facts.run.endReason !== null) notes.push(`ended: ${facts.run.endReason}`);
  return notes;
}

function lossesOf({ name, conservation: { received, dropped } }: ArmView): ArmLosses {
  return { name, received, dropped: sum(dropped), droppedBy: dropped };
}
