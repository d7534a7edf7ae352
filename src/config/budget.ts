// `budget`: the blast radius, the most load an experiment may cause. Every cap is per arm and has a printed default. `blastRadius` at the top
// caps all experiments together, and only where it is written.

import type { BlastRadius } from '../model.ts';
import { blastRadiusSchema, budgetSchema } from './budget-schema.ts';
import { readShape, type Spot } from './shape.ts';
import { formatSize } from './sizes-and-rates.ts';

/** Over all arms of all experiments; null: without a limit. */
export interface ServiceBlastRadius {
  readonly maxRequestsPerSecond: number | null;
  readonly maxBytesPerSecond: number | null;
  readonly maxRequestsPerDay: number | null;
  readonly maxBytesPerDay: number | null;
}

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
    maxRequestsPerDay: budget.perDay,
    maxBytesPerDay: budget.bytesPerDay,
  };
}

/** Null where none is written, or when it was reported. */
export function readServiceBlastRadius(spot: Spot): ServiceBlastRadius | null {
  if (spot.value === undefined) return null;
  const before = spot.problems.count();
  const caps = readShape(blastRadiusSchema, spot);
  if (caps && Object.keys(caps).length === 0)
    spot.problems.at(
      spot.path,
      'blastRadius requires at least one cap, such as blastRadius: {requests: 200 per second}',
    );
  if (!caps || spot.problems.count() > before) return null;
  return {
    maxRequestsPerSecond: caps.requests ?? null,
    maxBytesPerSecond: caps.bytes ?? null,
    maxRequestsPerDay: caps.perDay ?? null,
    maxBytesPerDay: caps.bytesPerDay ?? null,
  };
}

/** As a config writes it. */
export function serviceBlastRadiusText(caps: ServiceBlastRadius) {
  const { maxRequestsPerSecond: requests, maxBytesPerSecond: bytes, maxBytesPerDay: bytesPerDay } = caps;
  return {
    requests: requests === null ? undefined : `${requests} per second`,
    bytes: bytes === null ? undefined : `${formatSize(bytes)} per second`,
    perDay: caps.maxRequestsPerDay ?? undefined,
    bytesPerDay: bytesPerDay === null ? undefined : formatSize(bytesPerDay),
  };
}
