// The judge's half of closing a bucket: the units of all partitions become one bucket's counts, the same as if one process had counted it.
import { mergeCounts } from '../../core/stats/statistic.ts';
import type { ArmTally } from '../../io/store-port.ts';
import { type Contribution, type Contributions, settle } from '../accumulate.ts';
import { increase, type RunContext, type Tally } from '../run-context.ts';
import type { Place, Unit, UnitCounts } from './messages.ts';

/** Adds the units to the run's tallies and returns their counts by hypothesis. Units come in the order of their partitions. */
export function mergeUnits(context: RunContext, units: readonly Unit[]): Contributions {
  const byHypothesis = new Map<string, UnitCounts[]>();
  for (const unit of units) {
    context.admitted += unit.admitted;
    context.pending.samples.push(...unit.samples);
    for (const [hypothesis, counts] of unit.counts) {
      byHypothesis.set(hypothesis, [...(byHypothesis.get(hypothesis) ?? []), ...counts]);
    }
  }
  for (const { arm, tally } of context.arms) mergeTallies(tally, { arm: arm.name, units });
  return new Map([...byHypothesis].map(([hypothesis, all]) => [hypothesis, mergeVersions(all)]));
}

/** One contribution for each pair of versions; those with the latest pair last. */
function mergeVersions(all: readonly UnitCounts[]): Contribution[] {
  const merged = new Map<string, { newest: Place; contribution: Contribution }>();
  for (const one of all) {
    const key = JSON.stringify([one.productionVersion, one.armVersion]);
    const before = merged.get(key);
    const contribution = before === undefined ? copyOf(one) : added(before.contribution, one);
    const newest = before !== undefined && isBefore(one.newest, before.newest) ? before.newest : one.newest;
    merged.set(key, { newest, contribution });
  }
  return [...merged.values()]
    .sort((one, other) => (isBefore(one.newest, other.newest) ? -1 : 1))
    .map(({ contribution }) => contribution);
}

function isBefore(one: Place, other: Place): boolean {
  return one.at < other.at || (one.at === other.at && one.id < other.id);
}

function copyOf({ productionVersion, armVersion, counts, segments, requests }: UnitCounts): Contribution {
  return {
    ...{ productionVersion, armVersion, counts: [...counts] },
    segments: new Map(segments.map(([segment, some]) => [segment, [...some]])),
    requests: new Map(requests),
  };
}

function added(contribution: Contribution, { counts, segments, requests }: UnitCounts): Contribution {
  for (const [segment, some] of segments) {
    const before = contribution.segments.get(segment);
    contribution.segments.set(segment, before === undefined ? [...some] : [...mergeCounts(before, some)]);
  }
  for (const [segment, count] of requests) increase(contribution.requests, segment, count);
  return { ...contribution, counts: [...mergeCounts(contribution.counts, counts)] };
}

function mergeTallies(tally: Tally, { arm, units }: { readonly arm: string; readonly units: readonly Unit[] }): void {
  const own = units.flatMap(({ arms }) => arms.filter((one) => one.tally.arm === arm));
  for (const { tally: more } of own) addTally(tally, more);
  const placed = own.flatMap(({ tally: { versions }, newest }) => (versions && newest ? [{ versions, newest }] : []));
  for (const { versions } of placed.sort((one, other) => (isBefore(one.newest, other.newest) ? -1 : 1))) {
    tally.versions = tally.versions === null ? versions : (settle(tally.versions, versions) ?? versions);
  }
}

function addTally(tally: Tally, more: ArmTally): void {
  tally.received += more.received;
  tally.compared += more.compared;
  for (const field of ['skipped', 'dropped', 'statuses'] as const) {
    const counters = tally[field] as Map<string, number>;
    for (const [key, count] of Object.entries(more[field])) increase(counters, key, count);
  }
  for (const field of ['latency', 'productionLatency'] as const) {
    for (const [index, count] of more[field].entries()) tally[field][index] = (tally[field][index] ?? 0) + count;
  }
}
