// The partitions that a comparator owns: claimed from the judge before anything is read of them, published as their buckets close.
import { PenumbraError } from '../../errors.ts';
import type { Assigned, GroupReader, KafkaLog, TopicPartition } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Claim, Lease, Progress } from '../../pipeline/scale/messages.ts';
import { createPartition, type Partition, type PartitionDeps, type ScaledRun } from '../../pipeline/scale/partition.ts';
import { toMessage } from './wire.ts';

export interface HeldPartitions {
  /** Resolves with where to begin in each, once the judge has heard that they are this comparator's. */
  claim(partitions: readonly Assigned[]): Promise<ReadonlyArray<TopicPartition & { readonly offset: number }>>;
  drop(): void;
  find(partition: number): Partition | null;
  all(): readonly Partition[];
  /** Publishes what has closed. Rejects when Kafka does not take it; the same is said again then. */
  publish(partition: Partition): Promise<void>;
  /** Whether the judge heard of another owner since. */
  isOverruled(lease: Lease): boolean;
}

export interface HeldDeps extends PartitionDeps {
  readonly kafka: KafkaLog;
  readonly clock: Clock;
  readonly log: Log;
  readonly counts: string;
  readonly from: 'now' | 'beginning';
  readonly newClaim: () => string;
  readonly member: string;
  readonly lease: () => Lease | null;
  readonly scoring: () => readonly ScaledRun[];
  readonly reader: () => GroupReader | null;
  /** Kafka has it. */
  readonly onPublished: (progress: Progress) => void;
}

interface Held {
  readonly at: TopicPartition;
  readonly claim: string;
  readonly partition: Partition;
  /** What may or may not have reached the log: said again as it was, never otherwise. */
  unsaid: Progress | null;
  publishing: Promise<void>;
}

const grantWithinMs = 15_000;
const overtakenMs = 1000;
const lookAgainMs = 20;

export function createHeldPartitions(deps: HeldDeps): HeldPartitions {
  const held = new Map<number, Held>();
  const publishOne = async (one: Held): Promise<void> => {
    one.unsaid ??= one.partition.progress(deps.scoring());
    const progress = one.unsaid;
    if (progress === null || held.get(one.at.partition) !== one) return;
    await deps.kafka.produce(deps.counts, [toMessage(String(one.at.partition), progress)]);
    one.unsaid = null;
    one.partition.confirm(progress);
    deps.onPublished(progress);
    // For whoever looks at the group's lag: where to read on is the judge's word.
    const mark = { offset: progress.position.offset, metadata: '' };
    await deps
      .reader()
      ?.commit(one.at, mark)
      .catch(() => 'fenced');
  };
  return {
    claim: async (assigned) => {
      held.clear();
      const claims = assigned.map((one): Claim => claimOf(deps, one));
      await deps.kafka.produce(
        deps.counts,
        claims.map((claim) => toMessage(String(claim.partition), claim)),
      );
      await granted(deps, claims);
      const grants = deps.lease()?.grants ?? {};
      return assigned.map(({ topic, partition, firstOffset }) => {
        const grant = grants[partition];
        if (grant === undefined) throw new PenumbraError('INTERNAL', `partition ${partition} was not granted`);
        const at = { topic, partition };
        held.set(partition, {
          ...{ at, claim: grant.claim, unsaid: null, publishing: Promise.resolve() },
          partition: createPartition(partition, grant, deps),
        });
        if (grant.position.offset < firstOffset) {
          const lost = firstOffset - grant.position.offset;
          deps.log.error({ partition, lost }, 'the topic no longer holds what was not compared yet');
        }
        return { ...at, offset: Math.max(firstOffset, grant.position.offset) };
      });
    },
    drop: () => held.clear(),
    find: (partition) => held.get(partition)?.partition ?? null,
    all: () => [...held.values()].map(({ partition }) => partition),
    publish: (partition) => {
      const one = held.get(partition.partition);
      if (one === undefined || one.partition !== partition) return Promise.resolve();
      const next = one.publishing.then(() => publishOne(one));
      one.publishing = next.catch(() => {});
      return next;
    },
    isOverruled: ({ grants }) => [...held].some(([partition, { claim }]) => grants[partition]?.claim !== claim),
  };
}

function claimOf({ newClaim, member, from }: HeldDeps, { partition, firstOffset, endOffset }: Assigned): Claim {
  const beginAt = from === 'beginning' ? firstOffset : endOffset;
  return { type: 'claim', partition, claim: newClaim(), member, beginAt };
}

/** @throws PenumbraError KAFKA_UNAVAILABLE when they are not: the membership is given up, and tried again */
async function granted({ clock, lease }: HeldDeps, claims: readonly Claim[]): Promise<void> {
  const giveUpMs = clock.monotonicMs() + grantWithinMs;
  let overtakenAtMs = Number.POSITIVE_INFINITY;
  for (;;) {
    const mine = claims.filter(({ partition, claim }) => lease()?.grants[partition]?.claim === claim);
    if (mine.length === claims.length) return;
    const nowMs = clock.monotonicMs();
    // The judge has heard of these claims, and of somebody's behind them: the group has given partitions out anew meanwhile.
    if (mine.length > 0) overtakenAtMs = Math.min(overtakenAtMs, nowMs + overtakenMs);
    if (nowMs >= overtakenAtMs)
      throw new PenumbraError('KAFKA_UNAVAILABLE', 'another comparator has claimed partitions meanwhile');
    if (nowMs >= giveUpMs) {
      throw new PenumbraError('KAFKA_UNAVAILABLE', 'no judge has answered: is penumbra serve --role judge running?');
    }
    await new Promise<void>((resume) => clock.after(lookAgainMs, resume));
  }
}
