// What the judge has taken from the partitions and not merged yet: a bucket is judged when all partitions have closed it.
import { type CloseDeps, closeCounted } from '../close-buckets.ts';
import type { RunContext } from '../run-context.ts';
import { mergeUnits } from './merge-units.ts';
import type { Grant, Unit } from './messages.ts';

export interface PartitionUnit {
  readonly partition: number;
  readonly unit: Unit;
}

export interface MergeOptions {
  readonly partitions: number;
  readonly known: ReadonlyMap<number, Grant>;
  readonly units: readonly PartitionUnit[];
  readonly nowMs: number;
}

/** Judges what is complete. Returns the units that are merged now, which must never be merged again; all of them when the run ended. */
export function mergePartitions(deps: CloseDeps, context: RunContext, options: MergeOptions): readonly PartitionUnit[] {
  const { partitions, known, units, nowMs } = options;
  const run = context.run.id;
  const own = units.filter(({ unit }) => unit.run === run);
  let closedUntil = Number.POSITIVE_INFINITY;
  for (let partition = 0; partition < partitions; partition += 1) {
    closedUntil = Math.min(closedUntil, known.get(partition)?.closed[run] ?? 0);
  }
  if (closedUntil <= context.closedUntil) return [];
  const byBucket = new Map<number, PartitionUnit[]>();
  for (const one of own) {
    if (one.unit.at < closedUntil) byBucket.set(one.unit.at, [...(byBucket.get(one.unit.at) ?? []), one]);
  }
  const due = [...byBucket.keys()].sort((one, other) => one - other);
  const countAt = (at: number) => {
    const ofBucket = [...(byBucket.get(at) ?? [])].sort((one, other) => one.partition - other.partition);
    return mergeUnits(
      context,
      ofBucket.map(({ unit }) => unit),
    );
  };
  closeCounted(deps, context, { due, countAt, closedUntil, nowMs });
  return context.run.endedAt === null ? [...byBucket.values()].flat() : own;
}
