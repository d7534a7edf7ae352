// Admission where many comparators share the work: as in one process, but by the place in the partition instead of the clock.
import { hashFraction, keyOf } from '../../core/random.ts';
import type { DropReason, Exchange, SkipReason } from '../../model.ts';
import { fingerprintOf } from '../fingerprint.ts';
import type { ReadExchange } from '../read-exchange.ts';
import type { OpenUnit } from './open-unit.ts';
import type { ScaledRun } from './partition.ts';

export type UnitFate =
  | { readonly type: 'ask'; readonly exchange: Exchange }
  | { readonly type: 'skip'; readonly reason: SkipReason }
  | { readonly type: 'drop'; readonly reason: DropReason };

interface Asked {
  readonly unit: OpenUnit;
  readonly seen: Exclude<ReadExchange, { type: 'ignored' }>;
  readonly isLate: boolean;
  readonly partition: number;
  /** By this partition so far in the whole run. */
  readonly admitted: number;
}

const skip = (reason: SkipReason): UnitFate => ({ type: 'skip', reason });

/** Changes nothing but the fingerprints that the unit remembers. */
export function admitToUnit(run: ScaledRun, { unit, seen, isLate, partition, admitted }: Asked): UnitFate {
  if (seen.type === 'not-comparable') return skip('production_failed');
  const { definition } = run.context.run;
  const { exchange, rows } = seen;
  if (rows !== 1 && definition.rows === 'single') return skip('batch');
  if (exchange.requestMessage.body.length > definition.blastRadius.maxBodyBytes) return skip('too_large');
  if (hashFraction(keyOf(`${definition.seed}:share`), exchange.id) >= definition.share) return skip('share');
  if (isLate) return { type: 'drop', reason: 'late' };
  const fingerprint = fingerprintOf(exchange.request);
  if (unit.fingerprints.has(fingerprint)) return skip('duplicate');
  if (admitted >= Math.floor(definition.blastRadius.maxRequests / run.partitions)) return skip('budget');
  if (unit.entries.size >= mostOf(run, { at: unit.at, partition })) return skip('budget');
  unit.fingerprints.add(fingerprint);
  return { type: 'ask', exchange };
}

/** The partition's part of the rate in one bucket. What is left of a whole number comes with a later bucket, in each partition with another. */
function mostOf({ context, partitions }: ScaledRun, { at, partition }: { at: number; partition: number }): number {
  const { bucketMs, blastRadius } = context.run.definition;
  const each = (blastRadius.maxRequestsPerSecond * bucketMs) / 1000 / partitions;
  const place = (at / bucketMs) % 1_000_000;
  const before = partition / partitions;
  return Math.floor((place + 1) * each + before) - Math.floor(place * each + before);
}
