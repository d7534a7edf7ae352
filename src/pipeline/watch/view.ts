// What people and programs are shown about the watches on production, and the alert that one raises.
import { type WatchClaim, watchOf } from '../../core/watch/claim.ts';
import type { WatchState } from '../../core/watch/judge-watch.ts';
import { type Rate, readWatch, type WatchStatus } from '../../core/watch/read-watch.ts';
import type { Alert, Notify } from '../../model.ts';

export type { WatchStatus } from '../../core/watch/read-watch.ts';

export interface WatchView {
  readonly id: string;
  readonly kind: string;
  /** Where it looks. */
  readonly place: 'request' | 'answer' | 'output' | 'request and answer';
  readonly decision: string | null;
  readonly features: readonly string[];
  /** Who hears of its alarm. */
  readonly notify: Notify;
  readonly status: WatchStatus;
  readonly sentence: string;
  /** Of several rates the one spoken of; null where there is one. */
  readonly side: string | null;
  readonly tolerance: number;
  /** Production requests in closed buckets, those that could be looked at, and those judged. */
  readonly seen: number;
  readonly looked: number;
  readonly n: number;
  readonly hits: number;
  readonly rate: number | null;
  readonly interval: readonly [number, number] | null;
  /** Over the latest buckets; while REGRESSED since the incident probably began. */
  readonly recent: Rate & { readonly since: number | null };
  /** Null where nothing is learned. */
  readonly learned: { readonly done: number; readonly of: number } | null;
  readonly regressedSince: number | null;
  readonly lastBucketAt: number | null;
}

export interface WatchesView {
  readonly watches: readonly WatchView[];
  /** Requests that came after their bucket had closed: counted here and nowhere else. */
  readonly late: number;
  /** Requests that could not be looked at because of a fault of penumbra. */
  readonly failed: number;
  /** Every bucket that ends at or before this is closed. */
  readonly closedUntil: number | null;
}

export function viewWatch(claim: WatchClaim, state: WatchState): WatchView {
  const watch = watchOf(claim);
  const { status, sentence, side, tolerance, overall, recent, learned, regressedSince } = readWatch(state, {
    watch,
    about: claim,
  });
  return {
    id: claim.id,
    kind: claim.kind,
    place: watch.looksAt === 'inputs' ? claim.lookIn : watch.looksAt === 'decision' ? 'output' : 'request and answer',
    decision: claim.decision?.name ?? null,
    features: claim.features.map(({ name }) => name),
    notify: claim.notify ?? 'page',
    status,
    sentence,
    side,
    tolerance,
    seen: state.seen,
    looked: state.looked,
    ...overall,
    recent,
    learned,
    regressedSince,
    lastBucketAt: state.recent.at(-1)?.at ?? null,
  };
}

/** The key names the watch and never a number: repeats reach the same incident. */
export function watchAlert(
  {
    id,
    sentence,
    regressedSince,
    notify = 'page',
  }: Pick<WatchView, 'id' | 'sentence' | 'regressedSince'> & {
    readonly notify?: Notify;
  },
  { status, at }: Pick<Alert, 'status' | 'at'>,
): Alert {
  const began = regressedSince === null ? '' : `; it probably began at ${new Date(regressedSince).toISOString()}`;
  return {
    key: keyOf(id),
    status,
    severity: notify === 'ticket' ? 'ticket' : 'page',
    cause: 'production',
    experiment: 'watch',
    run: 'production',
    arm: null,
    hypothesis: id,
    summary: `production: ${id}: ${sentence}${began}`,
    at,
  };
}

function keyOf(id: string): string {
  const at = id.lastIndexOf('.');
  return `watch/${id.slice(0, at)}/${id.slice(at + 1)}`;
}
