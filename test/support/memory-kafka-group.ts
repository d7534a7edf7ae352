// A consumer group in memory: who holds which partition in the present generation. Members that do not answer are passed over.
import type { TopicPartition } from '../../src/io/kafka/port.ts';
import type { MemoryBroker } from './memory-kafka-broker.ts';

export interface GroupMember {
  topics(): readonly string[];
  /** Whether it takes part in a rebalance. */
  answers(): boolean;
  assign(generation: number, partitions: readonly TopicPartition[]): void;
  goBack(to: TopicPartition & { readonly offset: number }): void;
}

export interface MemoryGroup {
  join(member: GroupMember): void;
  leave(member: GroupMember): void;
  rebalance(): void;
  redeliver(from: TopicPartition & { readonly offset: number }): void;
  generation(): number;
}

export function createMemoryGroup(broker: MemoryBroker): MemoryGroup {
  const members: GroupMember[] = [];
  let generation = 0;
  const rebalance = (): void => {
    generation += 1;
    const present = members.filter((member) => member.answers());
    const shares = new Map<GroupMember, TopicPartition[]>(present.map((member) => [member, []]));
    const topics = new Set(present.flatMap((member) => member.topics()));
    for (const topic of topics) {
      const takers = present.filter((member) => member.topics().includes(topic));
      for (const partition of broker.partitionsOf(topic).keys()) {
        const taker = takers[partition % takers.length];
        if (taker) shares.get(taker)?.push({ topic, partition });
      }
    }
    for (const [member, share] of shares) member.assign(generation, share);
  };
  return {
    join: (member) => {
      if (!members.includes(member)) members.push(member);
      rebalance();
    },
    leave: (member) => {
      const index = members.indexOf(member);
      if (index < 0) return;
      members.splice(index, 1);
      rebalance();
    },
    rebalance,
    redeliver: (from) => {
      for (const member of members) member.goBack(from);
    },
    generation: () => generation,
  };
}
