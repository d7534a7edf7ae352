// One bucket of one run in one partition: open at a comparator, and the counts that it becomes when it closes.
import { latencyBuckets } from '../../core/stats/latency-histogram.ts';
import type { Sample } from '../../io/store-port.ts';
import type { DropReason, SkipReason } from '../../model.ts';
import { type Contribution, type Contributions, unknownVersion } from '../accumulate.ts';
import { inArrivalOrder } from '../close-buckets.ts';
import { type CloseEntryOptions, closeEntry } from '../close-entry.ts';
import type { Measure } from '../measures.ts';
import { type ArmContext, createTally, type Entry, noChanges, type RunContext, storedTally } from '../run-context.ts';
import type { Place, Unit, UnitArm, UnitCounts } from './messages.ts';
import type { ScaledRun } from './partition.ts';

export interface OpenUnit {
  readonly at: number;
  readonly entries: Set<Entry>;
  readonly fingerprints: Set<string>;
  readonly skipped: Map<SkipReason, number>;
  readonly dropped: Map<DropReason, number>;
  received: number;
  /** Answers of arms still awaited. */
  waiting: number;
  /** Where the first exchange that counts in it stands, and the watermark before that. */
  readonly offset: number;
  readonly watermark: number | null;
}

export function openUnit(at: number, { offset, watermark }: Pick<OpenUnit, 'offset' | 'watermark'>): OpenUnit {
  const counters = { skipped: new Map(), dropped: new Map(), received: 0, waiting: 0 };
  return { at, entries: new Set(), fingerprints: new Set(), ...counters, offset, watermark };
}

export interface CountingDeps extends Pick<CloseEntryOptions, 'sloLatencyMs' | 'samples' | 'onPair'> {
  readonly measuresOf: (context: RunContext) => readonly Measure[];
}

/** The unit's counts. The run's own tallies are untouched: whose counts they become is the judge's affair. */
export function countUnit(
  deps: CountingDeps,
  { context, readyVersions }: Pick<ScaledRun, 'context' | 'readyVersions'>,
  unit: OpenUnit,
): Unit {
  const entries = inArrivalOrder(unit);
  const arms = context.arms.map((arm, index) => {
    const version = readyVersions[index] ?? null;
    nameVersions(entries, { index, fallback: version });
    return { ...arm, version, tally: createTally(null, latencyBuckets) };
  });
  const scratch: RunContext = { ...context, arms, buckets: new Map(), pending: noChanges() };
  const contributions: Contributions = new Map();
  const measures = deps.measuresOf(context);
  const previous: CloseEntryOptions['previous'] = new Map();
  const newest = new Map<string, Place>();
  for (const entry of entries) {
    closeEntry(scratch, entry, { ...deps, measures, contributions, previous });
    notePlaces(newest, arms, entry);
  }
  return {
    run: context.run.id,
    at: unit.at,
    admitted: unit.entries.size,
    arms: arms.map((arm) => armOf(scratch, { arm, unit, newest })),
    counts: measures.flatMap(({ hypothesis: { id, arm } }) => {
      const all = (contributions.get(id) ?? []).map((one) => countsOf(one, newest.get(placeKey(arm, one)) ?? nowhere));
      return all.length === 0 ? [] : [[id, all] as const];
    }),
    samples: fewOfEachArm(scratch.pending.samples),
  };
}

/**
 * An outcome that states no version (an error, a timeout) is that of the version that answered before it in the unit, or else first in it:
 * not of the one that the comparator heard last, which depends on what else it does.
 */
function nameVersions(
  entries: readonly Entry[],
  { index, fallback }: { readonly index: number; readonly fallback: string | null },
): void {
  let version = entries.map(({ versions }) => versions[index]).find((stated) => stated != null) ?? fallback;
  for (const { versions } of entries) {
    version = versions[index] ?? version;
    versions[index] = version;
  }
}

const nowhere: Place = { at: 0, id: '' };
const placeKey = (arm: string, versions: Pick<Contribution, 'productionVersion' | 'armVersion'>): string =>
  JSON.stringify([arm, versions.productionVersion, versions.armVersion]);

function notePlaces(newest: Map<string, Place>, arms: readonly ArmContext[], { exchange, versions }: Entry): void {
  const place = { at: exchange.arrivedAt, id: exchange.id };
  const productionVersion = exchange.answer.modelVersion ?? unknownVersion;
  for (const [index, { arm, version }] of arms.entries()) {
    const armVersion = versions[index] ?? version ?? unknownVersion;
    newest.set(placeKey(arm.name, { productionVersion, armVersion }), place);
    newest.set(arm.name, place);
  }
}

interface ArmOf {
  readonly arm: ArmContext;
  readonly unit: OpenUnit;
  readonly newest: ReadonlyMap<string, Place>;
}

function armOf(scratch: RunContext, { arm, unit, newest }: ArmOf): UnitArm {
  const { tally } = arm;
  tally.received = unit.received;
  for (const [reason, count] of unit.skipped) tally.skipped.set(reason, count);
  for (const [reason, count] of unit.dropped) tally.dropped.set(reason, (tally.dropped.get(reason) ?? 0) + count);
  return { tally: storedTally(scratch, arm), newest: newest.get(arm.arm.name) ?? null };
}

function countsOf(contribution: Contribution, newest: Place): UnitCounts {
  const { productionVersion, armVersion, counts, segments, requests } = contribution;
  return { productionVersion, armVersion, counts, segments: [...segments], requests: [...requests], newest };
}

/** Samples of one arm that a unit carries: they are looked at, not counted. */
const mostSamples = 5;

function fewOfEachArm(samples: readonly Sample[]): Sample[] {
  const kept = new Map<string, number>();
  return samples.filter(({ arm }) => {
    const before = kept.get(arm) ?? 0;
    kept.set(arm, before + 1);
    return before < mostSamples;
  });
}
