// What an experiment would send: production's rate, cut by the shares and by the budget.
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Experiment } from '../../model.ts';

export interface Traffic {
  /** Requests per second that reach production. */
  readonly productionPerSecond: number;
  /** Of those, which the experiment's shares choose. */
  readonly chosenPerSecond: number;
  /** Sent to each arm: what is chosen, at most the budget. */
  readonly sentPerSecond: number;
  readonly isCapped: boolean;
  /** Until the run's time, its pairs or its budget is used up; per arm. */
  readonly mostRequests: number;
  /** The longest that a run can last, its warm-up and the wait for its arms included. */
  readonly mostSeconds: number;
}

/** `productionPerSecond` null: assume just what the budget allows. */
export function trafficOf(
  experiment: Experiment,
  { config, productionPerSecond }: { config: EffectiveConfig; productionPerSecond: number | null },
): Traffic {
  const { blastRadius, share, maxTimeMs, maxPairs } = experiment;
  const chosenShare = share * (config.source.tap?.share ?? 1);
  const arriving = productionPerSecond ?? blastRadius.maxRequestsPerSecond / chosenShare;
  const chosenPerSecond = arriving * chosenShare;
  const sentPerSecond = Math.min(chosenPerSecond, blastRadius.maxRequestsPerSecond);
  const inTime = Math.floor(sentPerSecond * (maxTimeMs / 1000));
  return {
    productionPerSecond: arriving,
    chosenPerSecond,
    sentPerSecond,
    isCapped: chosenPerSecond > blastRadius.maxRequestsPerSecond,
    mostRequests: Math.min(inTime, blastRadius.maxRequests, maxPairs ?? Number.POSITIVE_INFINITY),
    mostSeconds: (experiment.readyTimeoutMs + maxTimeMs) / 1000,
  };
}

/** Milliseconds from the end of the warm-up until this many requests were sent to an arm and their last bucket closed. */
export function timeUntilMs(
  requests: number,
  { experiment, traffic }: { experiment: Experiment; traffic: Traffic },
): number {
  return (requests / traffic.sentPerSecond) * 1000 + experiment.bucketMs + experiment.joinDeadlineMs;
}
