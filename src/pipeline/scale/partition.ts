// One partition at the comparator that owns it. What becomes of an exchange depends on what stands before it in the partition and on
// nothing else: not on who reads it, when, or how often. So whoever takes the partition over counts the same.
import type { Clock, Log } from '../../io/ports.ts';
import { type DispatchDeps, dispatch } from '../dispatch.ts';
import type { ReadExchange } from '../read-exchange.ts';
import { type Entry, increase, type RunContext } from '../run-context.ts';
import { admitToUnit } from './admit-to-unit.ts';
import type { Grant, Lift, Position, Progress, Unit } from './messages.ts';
import { type CountingDeps, countUnit, type OpenUnit, openUnit } from './open-unit.ts';

/** A run that scores, as comparators know it. */
export interface ScaledRun {
  readonly context: RunContext;
  /** Exchanges that arrived before are not the run's. */
  readonly scoresFrom: number;
  /** What each arm said of itself before it was asked anything, in the order of the arms. */
  readonly readyVersions: readonly (string | null)[];
  /** Of the topic: each partition may use its part of the budgets. */
  readonly partitions: number;
}

export interface PartitionDeps extends CountingDeps, DispatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** An arm has answered, or has failed to. */
  readonly onAnswer: () => void;
}

/** One record of the partition, read. `seen` is null when it could not be read at all. */
export interface Delivered {
  readonly offset: number;
  /** When the log got it: no exchange arrived later than that. */
  readonly loggedAt: number;
  readonly seen: ReadExchange | null;
}

export interface Partition {
  readonly partition: number;
  /**
   * Counts the exchange in every run that scores, and asks the arms; returns the runs whose arms were asked. Records come in the order of
   * their offsets; one that comes again is passed over.
   */
  take(record: Delivered, runs: readonly ScaledRun[]): readonly RunContext[];
  /** The partition stood at its end at this offset, and nothing that arrived before `to` is still to come. */
  liftAt(offset: number, to: number, runs: readonly ScaledRun[]): void;
  /** What closed since the last time; null while nothing did. The next is made only once this one is taken for good. */
  progress(runs: readonly ScaledRun[]): Progress | null;
  confirm(progress: Progress): void;
  /** Answers of arms still awaited. */
  waiting(): number;
}

interface State {
  /** The next record. */
  offset: number;
  watermark: number | null;
  lifts: Lift[];
  number: number;
  readonly closed: Map<string, number>;
  /** By run, in closed buckets. */
  readonly admitted: Map<string, number>;
  /** By run and bucket. */
  readonly units: Map<string, Map<number, OpenUnit>>;
}

export function createPartition(partition: number, grant: Grant, deps: PartitionDeps): Partition {
  const { offset, watermark, lifts } = grant.position;
  const state: State = {
    ...{ offset, watermark, lifts: [...lifts], number: grant.number },
    closed: new Map(Object.entries(grant.closed)),
    admitted: new Map(Object.entries(grant.admitted)),
    units: new Map(),
  };
  return {
    partition,
    take: (record, runs) => {
      if (record.offset < state.offset) return [];
      applyLifts(state, record.offset);
      const asked = runs.filter((run) => takeFor(deps, state, { run, record, partition }));
      state.offset = record.offset + 1;
      const at = arrivalOf(record.seen);
      if (at !== null) state.watermark = Math.max(state.watermark ?? 0, Math.min(at, record.loggedAt));
      return asked.map(({ context }) => context);
    },
    liftAt: (at, to, runs) => {
      if (at !== state.offset) return;
      applyLifts(state, at);
      const isWorth = runs.some((run) => sealedUntil(run, to) > sealedUntil(run, state.watermark));
      if (!isWorth) return;
      state.lifts.push({ offset: at, to });
      state.watermark = Math.max(state.watermark ?? 0, to);
    },
    progress: (runs) => progressOf(deps, state, { runs, partition, claim: grant.claim }),
    confirm: ({ number, closed, admitted, position }) => {
      state.number = number;
      for (const [run, count] of Object.entries(admitted)) state.admitted.set(run, count);
      state.lifts = state.lifts.filter((lift) => lift.offset > position.offset);
      for (const [run, until] of Object.entries(closed)) {
        state.closed.set(run, until);
        const units = state.units.get(run);
        for (const at of units?.keys() ?? []) if (at < until) units?.delete(at);
      }
    },
    waiting: () => [...unitsOf(state)].reduce((sum, unit) => sum + unit.waiting, 0),
  };
}

function* unitsOf({ units }: State): Generator<OpenUnit> {
  for (const ofRun of units.values()) yield* ofRun.values();
}

/** What the clock stood in for is as good as an exchange that stands there. */
function applyLifts(state: State, offset: number): void {
  for (const lift of state.lifts) {
    if (lift.offset <= offset) state.watermark = Math.max(state.watermark ?? 0, lift.to);
  }
}

function arrivalOf(seen: ReadExchange | null): number | null {
  if (seen === null || seen.type === 'ignored') return null;
  return seen.type === 'comparable' ? seen.exchange.arrivedAt : seen.arrivedAt;
}

/** Buckets that end at or before this admit nothing any more. */
function sealedUntil({ context, scoresFrom }: ScaledRun, watermark: number | null): number {
  const { bucketMs, joinDeadlineMs } = context.run.definition;
  if (watermark === null) return scoresFrom;
  return Math.max(scoresFrom, Math.floor((watermark - joinDeadlineMs) / bucketMs) * bucketMs);
}

interface TakeFor {
  readonly run: ScaledRun;
  readonly record: Delivered;
  readonly partition: number;
}

/** Whether the arms were asked. */
function takeFor(deps: PartitionDeps, state: State, { run, record, partition }: TakeFor): boolean {
  const { seen, offset } = record;
  const arrivedAt = arrivalOf(seen);
  if (seen === null || seen.type === 'ignored' || arrivedAt === null) return false;
  const { context } = run;
  const { bucketMs } = context.run.definition;
  const bucketAt = Math.floor(arrivedAt / bucketMs) * bucketMs;
  if (bucketAt < run.scoresFrom) return false;
  const isLate = bucketAt < sealedUntil(run, state.watermark);
  // A late one is said in the bucket that is open when it comes: its own may have been counted already.
  const at = isLate ? Math.floor((state.watermark ?? 0) / bucketMs) * bucketMs : bucketAt;
  if (at < (state.closed.get(context.run.id) ?? 0)) return false;
  const unit = unitAt(state, { run: context.run.id, at, offset });
  unit.received += 1;
  const fate = admitToUnit(run, { unit, seen, isLate, partition, admitted: admittedBy(state, context.run.id) });
  if (fate.type === 'skip') increase(unit.skipped, fate.reason);
  else if (fate.type === 'drop') increase(unit.dropped, fate.reason);
  else ask(deps, context, { unit, exchange: fate.exchange });
  return fate.type === 'ask';
}

function admittedBy({ admitted, units }: State, run: string): number {
  let count = admitted.get(run) ?? 0;
  for (const { entries } of units.get(run)?.values() ?? []) count += entries.size;
  return count;
}

function unitAt(state: State, { run, at, offset }: { run: string; at: number; offset: number }): OpenUnit {
  const units = state.units.get(run) ?? new Map<number, OpenUnit>();
  state.units.set(run, units);
  const unit = units.get(at) ?? openUnit(at, { offset, watermark: state.watermark });
  units.set(at, unit);
  return unit;
}

interface Asked {
  readonly unit: OpenUnit;
  readonly exchange: Extract<ReadExchange, { type: 'comparable' }>['exchange'];
}

/** The bucket waits for the answers: an arm keeps its own deadline, so none waits for ever. */
function ask(deps: PartitionDeps, context: RunContext, { unit, exchange }: Asked): void {
  const entry: Entry = {
    exchange,
    outcomes: context.arms.map(() => null),
    versions: context.arms.map(() => null),
    committed: [],
  };
  unit.entries.add(entry);
  unit.waiting += context.arms.length;
  dispatch(deps, context, exchange, {
    faultsOn: true,
    onOutcome: (index, outcome) => {
      entry.outcomes[index] ??= outcome ?? 'late';
      // As stated: whom an answer without a version is taken for is said when the bucket closes, by its neighbours.
      entry.versions[index] ??= outcome?.answer?.modelVersion ?? null;
      unit.waiting -= 1;
      deps.onAnswer();
    },
  });
}

interface ProgressOf {
  readonly runs: readonly ScaledRun[];
  readonly partition: number;
  readonly claim: string;
}

function progressOf(deps: PartitionDeps, state: State, { runs, partition, claim }: ProgressOf): Progress | null {
  const ids = new Set(runs.map(({ context }) => context.run.id));
  for (const id of state.units.keys()) if (!ids.has(id)) state.units.delete(id);
  const closed: Record<string, number> = {};
  const admitted: Record<string, number> = {};
  const units: Unit[] = [];
  const closing = new Set<OpenUnit>();
  for (const run of runs) {
    const { id } = run.context.run;
    const open = [...(state.units.get(id)?.values() ?? [])].sort((one, other) => one.at - other.at);
    let until = sealedUntil(run, state.watermark);
    for (const unit of open) {
      if (unit.at >= until) break;
      if (unit.waiting > 0) until = unit.at;
      else {
        closing.add(unit);
        admitted[id] = (admitted[id] ?? state.admitted.get(id) ?? 0) + unit.entries.size;
        units.push(countUnit(deps, run, unit));
      }
    }
    if (until > (state.closed.get(id) ?? run.scoresFrom)) closed[id] = until;
  }
  if (Object.keys(closed).length === 0) return null;
  const position = positionOf(state, closing);
  return { type: 'progress', partition, claim, number: state.number + 1, position, closed, admitted, units };
}

/** The first exchange that counts in a bucket still open, with the watermark before it: from there everything comes about again. */
function positionOf(state: State, closing: ReadonlySet<OpenUnit>): Position {
  let first: Pick<OpenUnit, 'offset' | 'watermark'> = state;
  for (const unit of unitsOf(state)) if (!closing.has(unit) && unit.offset < first.offset) first = unit;
  const { offset, watermark } = first;
  return { offset, watermark, lifts: state.lifts.filter((lift) => lift.offset > offset) };
}
