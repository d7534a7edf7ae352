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

const dayMs = 86_400_000;

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
    mostRequests: Math.min(
      inTime,
      blastRadius.maxRequests,
      (blastRadius.maxRequestsPerDay ?? Number.POSITIVE_INFINITY) * Math.ceil(maxTimeMs / dayMs),
      maxPairs ?? Number.POSITIVE_INFINITY,
    ),
    mostSeconds: (experiment.readyTimeoutMs + maxTimeMs) / 1000,
  };
}

/** Milliseconds from the end of the warm-up until this many requests were sent to an arm and their last bucket closed. */
export function timeUntilMs(
  requests: number,
  { experiment, traffic }: { experiment: Experiment; traffic: Traffic },
): number {
  const { ms, sent } = rampOf(requests, { experiment, traffic });
  return ms + ((requests - sent) / traffic.sentPerSecond) * 1000 + experiment.bucketMs + experiment.joinDeadlineMs;
}

/** What is sent, and how long it takes, before the last step of a ramp, or until the requests are reached. */
function rampOf(
  requests: number,
  { experiment, traffic }: { experiment: Experiment; traffic: Traffic },
): { readonly ms: number; readonly sent: number } {
  const { ramp, share, blastRadius } = experiment;
  let [ms, sent] = [0, 0];
  for (const step of ramp?.shares.slice(0, -1) ?? []) {
    const perSecond = Math.min(traffic.chosenPerSecond * (step / share), blastRadius.maxRequestsPerSecond);
    const inStep = Math.min(requests - sent, (perSecond * (ramp?.holdMs ?? 0)) / 1000);
    ms += (inStep / perSecond) * 1000;
    sent += inStep;
  }
  return { ms, sent };
}
