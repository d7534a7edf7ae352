// What every part of the benchmark runs: a judge in this process, comparators as processes, and the trial's arms answered from a table.
import type { KafkaLog } from '../../../src/io/kafka/port.ts';
import type { Broker } from '../../kafka/broker/broker.ts';
import { scaleOn } from '../../kafka/scale/trial.ts';
import { type MemberProcess, makeTopic, startJudge, startMember, type TestJudge } from '../../kafka/scale/world.ts';
import { cpuSecondsOf } from './cpu.ts';

export interface Bench {
  readonly broker: Broker;
  readonly kafka: KafkaLog;
}

interface Stand {
  readonly judge: TestJudge;
  /** The topic of the counts. */
  readonly counts: string;
  /** Processor seconds used so far. */
  cpu(): { readonly comparators: number; readonly judge: number; readonly broker: number };
  stop(): Promise<void>;
}

/** The comparators first: they wait for the judge's word, so that all of them are there when the work begins. */
export async function startStand(
  { broker, kafka }: Bench,
  { name, topic, comparators }: { name: string; topic: string; comparators: number },
): Promise<Stand> {
  const scale = scaleOn(broker.address, name, topic);
  await makeTopic(kafka, scale.counts, 1);
  await makeTopic(kafka, scale.control, 1);
  const members: MemberProcess[] = await Promise.all(Array.from({ length: comparators }, () => startMember(scale)));
  const judge = await startJudge(scale);
  return {
    judge,
    counts: scale.counts,
    cpu: () => ({
      comparators: cpuSecondsOf(members.map(({ child }) => child.pid ?? 0)),
      judge: cpuSecondsOf([process.pid]),
      broker: cpuSecondsOf([broker.pid() ?? 0]),
    }),
    stop: async () => {
      await Promise.all(members.map((member) => member.end('SIGTERM')));
      await judge.stop();
    },
  };
}
