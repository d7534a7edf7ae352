// What a run may cost at most, and how much of that it uses now: for people who ask whether a cap bites.
import type { Experiment } from '../model.ts';
import { capacityOf, leftOf } from './allowance.ts';
import type { RunContext } from './run-context.ts';

export interface BudgetView {
  /** Per arm. */
  readonly limits: {
    readonly requestsPerSecond: number;
    readonly bytesPerSecond: number;
    readonly inFlight: number;
    readonly bodyBytes: number;
    /** In the whole run. */
    readonly requests: number;
  };
  /** Share of the traffic that the experiment asks for. */
  readonly share: number;
  /** Null for a run that has ended. */
  readonly used: {
    /** Of the allowance of one second, what is spent at this moment: 0 to 1. */
    readonly requestsPerSecond: number;
    readonly bytesPerSecond: number;
    /** Calls under way to the arm that has most of them. */
    readonly inFlight: number;
    /** Scored requests sent to each arm so far. */
    readonly requests: number;
    /** Share of the traffic that is let through now; a budget lowers it. */
    readonly share: number;
  } | null;
}

export function budgetOf(definition: Experiment): BudgetView {
  const { maxRequestsPerSecond, maxBytesPerSecond, maxInFlightPerArm, maxBodyBytes, maxRequests } =
    definition.blastRadius;
  return {
    limits: {
      requestsPerSecond: maxRequestsPerSecond,
      bytesPerSecond: maxBytesPerSecond,
      inFlight: maxInFlightPerArm,
      bodyBytes: maxBodyBytes,
      requests: maxRequests,
    },
    share: definition.share,
    used: null,
  };
}

export function budgetNow({ run, arms, allowance, admitted, shareInForce, paceMs }: RunContext): BudgetView {
  const { blastRadius } = run.definition;
  const most = capacityOf(blastRadius);
  const left = leftOf(allowance, { budget: blastRadius, nowMs: paceMs() });
  return {
    ...budgetOf(run.definition),
    used: {
      requestsPerSecond: 1 - left.requests / most.requests,
      bytesPerSecond: 1 - left.bytes / most.bytes,
      inFlight: Math.max(0, ...arms.map(({ inFlight }) => inFlight)),
      requests: admitted,
      share: shareInForce,
    },
  };
}
