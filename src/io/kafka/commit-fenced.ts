// Commits are fenced: one try at a time, each only while the generation that asked for it is the present one.
import type { Clock } from '../ports.ts';
import { failureOf, isFenced } from './failure.ts';
import type { Holding } from './holding.ts';
import type { Member } from './library.ts';
import type { Committed, Mark, TopicPartition } from './port.ts';

interface Committing {
  readonly holding: Holding;
  readonly clock: Clock;
  /** The present one, asked anew at each try. */
  readonly member: Member | null;
}

const tries = 4;
const pauseMs = 250;

/** @throws PenumbraError KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function commitFenced(
  reader: Committing,
  { partition, mark }: { partition: TopicPartition; mark: Mark },
): Promise<Committed> {
  const { holding, clock } = reader;
  const generation = holding.generation();
  for (let tried = 1; ; tried += 1) {
    if (generation !== holding.generation() || !holding.find(partition) || !reader.member) return 'fenced';
    try {
      await reader.member.commit(partition, mark);
      return 'committed';
    } catch (thrown) {
      if (isFenced(thrown)) return 'fenced';
      if (tried >= tries) throw failureOf(thrown, `commit ${partition.topic}/${partition.partition}`);
      await new Promise<void>((resolve) => void clock.after(pauseMs * 2 ** tried, resolve));
    }
  }
}
