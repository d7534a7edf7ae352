// The watches on production: every exchange is looked at as it comes, buckets close at the comparator's clock, and each close is judged
// and committed in one transaction with the alerts it raises. Runs know nothing of this.
import { keyOf } from '../../core/random.ts';
import { type WatchClaim, type WatchSetting, watchOf, watchThreshold } from '../../core/watch/claim.ts';
import type { Sight, Watch } from '../../core/watch/index.ts';
import { judgeWatch, newWatchState, type WatchState } from '../../core/watch/judge-watch.ts';
import { messageOf } from '../../errors.ts';
import type { Codec, Log } from '../../io/ports.ts';
import type { Store } from '../../io/store-port.ts';
import type { Alert, Decision, Predictions, RawExchange } from '../../model.ts';
import { learnDefaults } from './learn-defaults.ts';
import { gathered, newBucket, type OpenBucket } from './open-bucket.ts';
import { resumeWatches } from './resume.ts';
import { createSee, type Judgeable } from './see.ts';
import { viewWatch, type WatchesView, watchAlert } from './view.ts';

export interface Watches {
  /** Never throws. */
  see(raw: RawExchange, read: Judgeable): void;
  /** Whether any of them judges by what a control answers to the input of defaults alone. */
  awaitsDefaults(): boolean;
  /** What a control that runs production's version answered to it. A watch that was told otherwise before begins anew. */
  learnDefaults(predictions: Predictions, nowMs: number): void;
  /** Closes what is due. May throw when the store fails: nothing is lost then, and the next call tries again. */
  tick(nowMs: number): void;
  /** Keeps the open buckets for the next start. May throw when the store fails. */
  stop(): void;
  view(): WatchesView;
}

export interface WatchesDeps {
  readonly setting: WatchSetting;
  readonly decisions: readonly Decision[];
  readonly seed: string;
  readonly codec: Codec;
  readonly store: Store;
  readonly log: Log;
  readonly nowMs: number;
}

/** What all watches share; plain JSON. */
export interface WatchClock {
  readonly closedUntil: number;
  readonly late: number;
  readonly failed: number;
  /** Open buckets at a stop. */
  readonly open: readonly (readonly [at: number, bucket: OpenBucket])[];
}

/** A claim with its kind and where it stands. */
export interface Watching {
  readonly claim: WatchClaim;
  readonly watch: Watch;
  state: WatchState;
}

export function createWatches(deps: WatchesDeps): Watches {
  const { log, codec, decisions, seed } = deps;
  const desk = openDesk(deps);
  const seeAs = createSee({ codec, decisions, key: keyOf(`watch ${seed}`) });
  return {
    see: (raw, read) => {
      try {
        look(desk, read, seeAs(raw, read));
      } catch (thrown) {
        desk.failed += 1;
        log.error({ problem: messageOf(thrown), exchange: raw.sourceId }, 'the watches could not look at an exchange');
      }
    },
    awaitsDefaults: () => desk.watching.some(({ watch }) => watch.learnDefault !== undefined),
    learnDefaults: (predictions, nowMs) => learnDefaults(desk, { predictions, nowMs, log }),
    tick: (nowMs) => {
      desk.closedUntil = Math.max(desk.closedUntil, dueAt(nowMs, deps.setting));
      for (const at of dueBuckets(desk, deps.setting)) {
        desk.pending.isDirty = true;
        desk.pending.alerts.push(...closeBucket(desk, { at, nowMs, log }));
      }
      if (desk.pending.isDirty) commit(desk, { store: deps.store, open: [] });
    },
    stop: () => commit(desk, { store: deps.store, open: [...desk.buckets] }),
    view: () => ({
      watches: desk.watching.map(({ claim, state }) => viewWatch(claim, state)),
      late: desk.late,
      failed: desk.failed,
      closedUntil: desk.closedUntil,
    }),
  };
}

/** All that changes. */
export interface Desk {
  readonly watching: readonly Watching[];
  readonly bucketMs: number;
  readonly threshold: number;
  readonly buckets: Map<number, OpenBucket>;
  closedUntil: number;
  late: number;
  failed: number;
  /** Of closes that are not committed yet. */
  pending: { alerts: Alert[]; forgotten: readonly string[]; isDirty: boolean };
}

function openDesk({ setting, store, nowMs }: WatchesDeps): Desk {
  const watching = setting.claims.map((claim): Watching => {
    const watch = watchOf(claim);
    return { claim, watch, state: newWatchState(watch, claim) };
  });
  const resumed = resumeWatches(store, { watching, dueAt: dueAt(nowMs, setting), nowMs });
  const { open, closedUntil, late, failed, alerts, forgotten } = resumed;
  return {
    watching,
    bucketMs: setting.bucketMs,
    threshold: watchThreshold(setting),
    buckets: new Map(open),
    closedUntil,
    late,
    failed,
    pending: { alerts: [...alerts], forgotten, isDirty: alerts.length + forgotten.length > 0 },
  };
}

/** Every bucket that ends at or before this is due. */
function dueAt(nowMs: number, { bucketMs, graceMs }: WatchSetting): number {
  return Math.floor((nowMs - graceMs) / bucketMs) * bucketMs;
}

function dueBuckets({ buckets, closedUntil }: Desk, { bucketMs }: WatchSetting): readonly number[] {
  return [...buckets.keys()].filter((at) => at + bucketMs <= closedUntil).sort((one, other) => one - other);
}

function look(desk: Desk, read: Judgeable, sightFor: (claim: WatchClaim) => Sight): void {
  const { id, arrivedAt } = read.type === 'comparable' ? read.exchange : read;
  const at = Math.floor(arrivedAt / desk.bucketMs) * desk.bucketMs;
  if (at + desk.bucketMs <= desk.closedUntil) {
    desk.late += 1;
    return;
  }
  const bucket = desk.buckets.get(at) ?? newBucket(desk.watching.map(({ claim }) => claim.id));
  desk.buckets.set(at, bucket);
  bucket.seen += 1;
  for (const { claim, watch } of desk.watching) {
    const own = bucket.claims[claim.id];
    const trait = own === undefined ? null : watch.look(sightFor(claim), claim);
    if (own === undefined || trait === null) continue;
    own.looked += 1;
    if (watch.isOrdered) own.looks.push({ arrivedAt, id, trait });
    else {
      own.n += 1;
      own.hits += Number(trait);
    }
  }
}

/** Judges one bucket; the alerts that follow. */
function closeBucket(desk: Desk, { at, nowMs, log }: { at: number; nowMs: number; log: Log }): Alert[] {
  const bucket = desk.buckets.get(at) as OpenBucket;
  desk.buckets.delete(at);
  return desk.watching.flatMap((one): Alert[] => {
    const { claim, watch } = one;
    const added = gathered(bucket, { id: claim.id, at });
    const { state, change } = judgeWatch(one.state, { watch, about: claim, threshold: desk.threshold, added });
    one.state = state;
    if (change === null) return [];
    const view = viewWatch(claim, state);
    log.info({ watch: claim.id, n: view.n }, `${change}: ${view.sentence}`);
    if (change === 'REGRESSED' && view.notify === 'none') return [];
    return [watchAlert(view, { status: change === 'REGRESSED' ? 'firing' : 'resolved', at: nowMs })];
  });
}

/** One transaction; when it fails everything stays pending. */
function commit(desk: Desk, { store, open }: { store: Store; open: WatchClock['open'] }): void {
  const { closedUntil, late, failed, pending } = desk;
  store.commitWatches({
    clock: { closedUntil, late, failed, open } satisfies WatchClock,
    watches: desk.watching.map(({ claim: { id, definition }, state }) => ({ id, definition, state })),
    forgotten: pending.forgotten,
    alerts: pending.alerts,
  });
  desk.pending = { alerts: [], forgotten: [], isDirty: false };
}
