// Absolute stop conditions on production's own requests: "production.p99 above 250ms". Counted in windows of event time as plain data.
// A window is one observation, its share of requests over the limit, so that one hiccup counts once however many requests it hits; a
// run is aborted when it is proven, at a stated error rate, that the share is larger than allowed.
import type { Experiment, ProductionStop } from '../../model.ts';
import { boundedMean } from '../stats/bounded-mean.ts';
import { zeroCounts } from '../stats/statistic.ts';
import { abortThreshold, type RunOfWindows } from './false-abort-rate.ts';
import {
  type LateOnset,
  type LateOnsetState,
  newLateOnsetState,
  peekLateOnset,
  updateLateOnset,
} from './late-onset.ts';

/** A condition with what its error rate depends on. */
export interface StopRule extends RunOfWindows {
  readonly condition: ProductionStop;
}

export interface StopState {
  /** Number of the open window since the epoch; null before the first request. */
  readonly window: number | null;
  /** Of the open window, and of windows before it that held fewer than `minCount`. */
  readonly requests: number;
  /** Of those, requests over the condition's limit (or failed, for errors). */
  readonly exceeded: number;
  /** Judged windows in a row whose share was larger than allowed. */
  readonly breachedInARow: number;
  /** REGRESSED: proven over the limit, and not proven well again since. */
  readonly evidence: LateOnsetState;
  /** Latches. */
  readonly isAborted: boolean;
}

export interface ProductionRequest {
  readonly at: number;
  readonly latencyMs: number;
  /** Production answered with an error, or not at all. */
  readonly failed: boolean;
}

/** The share of requests that may exceed the limit: 1 % for p99, half for p50, the declared share for errors. */
export function allowedShare({ signal, above }: ProductionStop): number {
  return { 'production.p99': 0.01, 'production.p50': 0.5, 'production.errors': above }[signal];
}

/** Those on production's own requests. */
export function productionStops({ stopWhen }: Pick<Experiment, 'stopWhen'>): readonly ProductionStop[] {
  return stopWhen.filter((condition) => condition.signal !== 'prometheus');
}

/** The conditions on production's requests; together they abort a run by mistake at the stated rate. */
export function stopRulesOf(
  experiment: Pick<Experiment, 'stopWhen' | 'maxTimeMs' | 'readyTimeoutMs'>,
): readonly StopRule[] {
  const { maxTimeMs, readyTimeoutMs } = experiment;
  const onProduction = productionStops(experiment);
  return onProduction.map((condition) => ({
    condition,
    conditions: onProduction.length,
    windowsInRun: Math.ceil((readyTimeoutMs + maxTimeMs) / condition.windowMs),
  }));
}

/** The detector of the rule's `judged`-th window. */
export function stopDetector(rule: StopRule, judged: number): LateOnset {
  return {
    statistic: boundedMean,
    tolerance: allowedShare(rule.condition),
    threshold: abortThreshold(judged, rule),
  };
}

/** The state before the first request. */
export function newStopState(rule: StopRule): StopState {
  const evidence = newLateOnsetState(stopDetector(rule, 1));
  return { window: null, requests: 0, exceeded: 0, breachedInARow: 0, evidence, isAborted: false };
}

/** Counts one production request. One that belongs to a window closed already is counted in the open one. O(1). */
export function observeProduction(
  state: StopState,
  { rule, request }: { rule: StopRule; request: ProductionRequest },
): StopState {
  const { signal, above } = rule.condition;
  const open = closeWindows(state, { rule, nowMs: request.at });
  const isOver = signal === 'production.errors' ? request.failed : request.latencyMs > above;
  return { ...open, requests: open.requests + 1, exceeded: open.exceeded + (isOver ? 1 : 0) };
}

/** Closes the open window if it ended at or before now; call it with the clock too, so that traffic that ends is judged. O(bets · points). */
export function closeWindows(state: StopState, { rule, nowMs }: { rule: StopRule; nowMs: number }): StopState {
  const { windowMs, minCount } = rule.condition;
  const window = Math.floor(nowMs / windowMs);
  if (state.window === null) return { ...state, window };
  if (!(window > state.window)) return state;
  // Too few: the window goes on until it holds enough.
  if (state.requests === 0 || state.requests < minCount) return { ...state, window };
  return { ...judged(state, rule), window, requests: 0, exceeded: 0 };
}

function judged(state: StopState, rule: StopRule): StopState {
  const added = zeroCounts(boundedMean.size);
  boundedMean.add(added, state.exceeded / state.requests);
  const detector = stopDetector(rule, state.evidence.buckets + 1);
  const evidence = updateLateOnset(state.evidence, { detector, added }).state;
  const breachedInARow = isBreached(state, rule.condition) ? state.breachedInARow + 1 : 0;
  const isProven = evidence.isRegressed && breachedInARow >= rule.condition.windows;
  return { ...state, evidence, breachedInARow, isAborted: state.isAborted || isProven };
}

/** Evidence that is far from a proof, and yet not what well-behaved production shows: odds of 20 to 1. */
const suspicion = Math.log(20);

/**
 * Whether production looks over the limit now: its newest window is, and the evidence that an abort waits for has come to odds of 20 to 1. A single
 * slow request among few is neither proof nor suspicion.
 */
export function isSuspected(state: StopState, rule: StopRule): boolean {
  const { evidence, breachedInARow } = state;
  if (evidence.isRegressed) return true;
  if (breachedInARow === 0) return false;
  const detector = stopDetector(rule, Math.max(1, evidence.buckets));
  return peekLateOnset(evidence, { detector, open: zeroCounts(boundedMean.size) }) >= suspicion;
}

/** Whether a larger share of the open window than allowed is over the limit. Proves nothing by itself. */
export function isBreached({ requests, exceeded }: StopState, condition: ProductionStop): boolean {
  // The tiny surplus keeps 1 % of 300 at 3 where floating point says 2.9999999999999996.
  return exceeded > allowedShare(condition) * requests + 1e-9;
}
