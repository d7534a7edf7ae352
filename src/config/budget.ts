// `budget`: the blast radius, the most load an experiment may cause. Every cap is per arm and has a printed default.
import type { BlastRadius } from '../model.ts';
import { budgetSchema } from './schema.ts';
import { readShape, type Spot } from './shape.ts';

/** `maxOnProduction` lowers the rate for an experiment whose control is production itself. */
export function readBudget(spot: Spot, { maxOnProduction }: { maxOnProduction: number | null }): BlastRadius | null {
  const budget = readShape(budgetSchema, { ...spot, value: spot.value ?? {} });
  if (!budget) return null;
  return {
    maxRequestsPerSecond: Math.min(budget.requests, maxOnProduction ?? Number.POSITIVE_INFINITY),
    maxInFlightPerArm: budget.inFlight,
    maxBodyBytes: budget.body,
    maxBytesPerSecond: budget.bytes,
    maxRequests: budget.total,
  };
}
