// Second step, per run: decides before anything is known about the arms' answers whether an exchange is dispatched.
import { hashFraction, keyOf } from '../core/random.ts';
import type { DropReason, Exchange, SkipReason } from '../model.ts';
import { fingerprintOf } from './fingerprint.ts';
import { pay } from './purse.ts';
import { shareIn } from './ramp.ts';
import type { Bucket, RunContext } from './run-context.ts';

export type Admission =
  | { readonly fate: 'dispatch'; readonly bucket: Bucket }
  | { readonly fate: 'warm-up' }
  | { readonly fate: 'skip'; readonly reason: SkipReason }
  | { readonly fate: 'drop'; readonly reason: DropReason };

export interface Candidate {
  readonly exchange: Exchange;
  readonly rows: number;
}

const skip = (reason: SkipReason): Admission => ({ fate: 'skip', reason });

/** Pure but for the run's own buckets. `nowMs` is the comparator's wall clock. */
export function admit(context: RunContext, { exchange, rows }: Candidate, nowMs: number): Admission {
  const { definition } = context.run;
  const { blastRadius, seed } = definition;
  if (rows !== 1 && definition.rows === 'single') return skip('batch');
  if (exchange.requestMessage.body.length > blastRadius.maxBodyBytes) return skip('too_large');
  const place = hashFraction(keyOf(`${seed}:share`), exchange.id);
  const bucketAt = Math.floor(exchange.arrivedAt / definition.bucketMs) * definition.bucketMs;
  if (place >= shareIn(context, bucketAt)) return skip('share');
  const bytes = exchange.requestMessage.body.length;
  const isPaid = (): boolean => pay(context, { bytes, arms: context.arms.length });
  if (context.run.state === 'WARMING') {
    if (!context.warmUp.armsReady || context.warmUp.sent >= definition.warmUpRequests) return skip('warm_up');
    return isPaid() ? { fate: 'warm-up' } : skip('budget');
  }
  if (bucketAt + definition.bucketMs + definition.joinDeadlineMs <= nowMs || bucketAt < context.closedUntil) {
    return { fate: 'drop', reason: 'late' };
  }
  const bucket = bucketOf(context, bucketAt);
  bucket.offered += 1;
  if (place >= context.shareInForce || context.admitted >= blastRadius.maxRequests) return skip('budget');
  const fingerprint = fingerprintOf(exchange.request);
  if (bucket.fingerprints.has(fingerprint)) return skip('duplicate');
  if (!isPaid()) return skip('budget');
  bucket.fingerprints.add(fingerprint);
  return { fate: 'dispatch', bucket };
}

function bucketOf(context: RunContext, at: number): Bucket {
  const existing = context.buckets.get(at);
  if (existing !== undefined) return existing;
  lowerShareToBudget(context, at);
  const bucket: Bucket = { at, entries: new Set(), fingerprints: new Set(), offered: 0 };
  context.buckets.set(at, bucket);
  return bucket;
}

/**
 * At a bucket edge, so that not the bursts alone are left out: the rate offered in the bucket before, at the share of this one, says which
 * part of it keeps this one inside the budget. After idle time nothing does.
 */
function lowerShareToBudget(context: RunContext, at: number): void {
  if (context.lastBucketAt !== null && at <= context.lastBucketAt) return;
  const { bucketMs, blastRadius } = context.run.definition;
  const share = shareIn(context, at);
  const previous = context.lastBucketAt === null ? undefined : context.buckets.get(context.lastBucketAt);
  const offered = (previous?.offered ?? 0) * (share / shareIn(context, context.lastBucketAt ?? at));
  context.lastBucketAt = at;
  const allowed = blastRadius.maxRequestsPerSecond * (bucketMs / 1000);
  context.shareInForce = offered > allowed ? share * (allowed / offered) : share;
}
