// The faults that are switched on, as one thing with a beginning and an end: says what is done to each call, counts whom the
// shares selected, and when it ends lets go everything it holds.
import { isInShare, keyOf, randomFor } from '../../core/random.ts';
import { keyReaderOf, type ReadKey } from './entity-key.ts';
import type { Effect, Failover, ProxyFault } from './fault.ts';
import { createFault, type ProxyFaultUse, writeFault } from './read-faults.ts';
import { createWaits, type Wait } from './waits.ts';

/** A call as the faults see it; `target` is null on TCP. */
export interface CallSubject {
  /** Of the proxy's life, from 1. */
  readonly sequence: number;
  readonly target: string | null;
}

export interface FaultCount {
  readonly fault: Readonly<Record<string, unknown>>;
  /** Fraction of the calls that was asked for. */
  readonly share: number;
  /** Calls that could have been selected: with a key pattern, those that match it. */
  readonly calls: number;
  readonly selected: number;
  /** selected ÷ calls; null before the first call. */
  readonly achievedShare: number | null;
}

export interface Engagement {
  readonly uses: readonly ProxyFaultUse[];
  /** What is done to this call, or null. */
  plan(subject: CallSubject): Effect | null;
  /** A call that was selected turned out to be none this kind can act on. */
  leftAlone(type: string): void;
  hold(delayMs: number | null): Wait;
  counts(): readonly FaultCount[];
  /** Runs when the faults are replaced or removed; at once when they are already. Returns how to forget it. */
  onEnd(run: () => void): () => void;
  readonly failover: Failover | null;
  /** Runs once, when the first upstream is lost. */
  onFailover(run: () => void): void;
  isFailedOver(): boolean;
  end(): void;
}

export interface EngagementSetting {
  /** The dependency's own pattern, see `keyReaderOf`. */
  readonly key: string;
  readonly seed: string;
  readonly nowMs: () => number;
}

interface Part {
  readonly use: ProxyFaultUse;
  readonly fault: ProxyFault;
  readonly selects: (subject: CallSubject) => boolean | null;
  readonly seed: string;
  readonly position: number;
  calls: number;
  selected: number;
}

export function createEngagement(uses: readonly ProxyFaultUse[], setting: EngagementSetting): Engagement {
  const parts = uses.map((use, position) => partOf(use, { position, setting }));
  const failover = parts.find(({ fault }) => fault.failover)?.fault.failover ?? null;
  const startedMs = setting.nowMs();
  const waits = createWaits();
  const whenOver = new Set<() => void>();
  const lost = createOnce();
  let isOver = false;
  let ordinal = 0;
  const isLate = failover?.afterMs ?? null;
  const timer = isLate === null ? undefined : setTimeout(lost.happen, isLate);
  if (isLate === 0) lost.happen();
  return {
    uses,
    plan: (subject) => {
      if (parts.length === 0) return null;
      ordinal++;
      if (failover?.atCall === ordinal) lost.happen();
      const sinceOnMs = setting.nowMs() - startedMs;
      return parts.reduce<Effect | null>(
        (merged, part) => merge(merged, effectOf(part, { subject, sinceOnMs, ordinal })),
        null,
      );
    },
    leftAlone: (type) => {
      for (const part of parts) if (part.use.type === type) part.selected--;
    },
    hold: waits.begin,
    counts: () => parts.map(countOf),
    onEnd: (run) => {
      if (isOver) run();
      else whenOver.add(run);
      return () => whenOver.delete(run);
    },
    failover,
    onFailover: lost.whenHappened,
    isFailedOver: lost.hasHappened,
    end: () => {
      isOver = true;
      clearTimeout(timer);
      waits.releaseAll();
      for (const run of whenOver) run();
      whenOver.clear();
    },
  };
}

function partOf(use: ProxyFaultUse, { position, setting }: { position: number; setting: EngagementSetting }): Part {
  const seed = use.seed ?? setting.seed;
  const readKey = use.type === 'failover' ? null : keyReaderOf(use.key ?? setting.key);
  const selects = selectorOf({ use, readKey, seed, position });
  return { use, fault: createFault(use), selects, seed, position, calls: 0, selected: 0 };
}

/** With a key: the hash of seed and key alone, as the comparator's `dependency` fault takes it. Null: not concerned. */
function selectorOf({
  use,
  readKey,
  seed,
  position,
}: {
  use: ProxyFaultUse;
  readKey: ReadKey | null;
  seed: string;
  position: number;
}): Part['selects'] {
  const hashKey = keyOf(seed);
  return ({ sequence, target }) => {
    if (readKey === null || target === null)
      return isInShare(hashKey, `${use.type} ${position}\u0000${sequence}`, use.share);
    const key = readKey(target);
    return key === null ? null : isInShare(hashKey, key, use.share);
  };
}

function effectOf(
  part: Part,
  { subject, sinceOnMs, ordinal }: { subject: CallSubject; sinceOnMs: number; ordinal: number },
): Effect | null {
  const isSelected = part.selects(subject);
  if (isSelected === null) return null;
  part.calls++;
  if (!isSelected) return null;
  part.selected++;
  const random = randomFor(part.seed, String(subject.sequence), `${part.use.type} ${part.position}`);
  return part.fault.effectOn({ sinceOnMs, ordinal, random });
}

/** Delays add up; of anything else the first fault in the list counts. */
function merge(one: Effect | null, other: Effect | null): Effect | null {
  if (one === null || other === null) return one ?? other;
  const holdMs = (one.holdMs ?? 0) + (other.holdMs ?? 0);
  return { ...other, ...one, ...(holdMs > 0 ? { holdMs } : {}) };
}

function countOf({ use, calls, selected }: Part): FaultCount {
  return {
    fault: writeFault(use),
    share: use.share,
    calls,
    selected,
    achievedShare: calls === 0 ? null : selected / calls,
  };
}

function createOnce() {
  const runs = new Set<() => void>();
  let happened = false;
  return {
    hasHappened: () => happened,
    whenHappened: (run: () => void): void => {
      if (happened) run();
      else runs.add(run);
    },
    happen: (): void => {
      if (happened) return;
      happened = true;
      for (const run of runs) run();
      runs.clear();
    },
  };
}
