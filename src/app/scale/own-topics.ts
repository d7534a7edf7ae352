// The topics that comparators and judge speak through, made where they are not there yet; and whose clock the exchanges topic goes by.
import type { ScaleConfig } from '../../config/scale.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';
import type { Log } from '../../io/ports.ts';

const timestampType = 'message.timestamp.type';
const logTime = { [timestampType]: 'LogAppendTime' };
const tries = 10;
const pauseMs = 300;

/** @throws PenumbraError KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function ensureOwnTopics(kafka: KafkaLog, { counts, control }: ScaleConfig): Promise<void> {
  const wishes = [
    { topic: counts, partitions: 1, configs: logTime },
    // Of what the judge says only the last matters, and every run in full.
    { topic: control, partitions: 1, configs: { ...logTime, 'cleanup.policy': 'compact', 'segment.ms': '600000' } },
  ];
  for (let left = tries; left > 0; left -= 1) {
    try {
      await kafka.ensureTopics(wishes);
      return;
    } catch (thrown) {
      // A topic made a moment ago, or by somebody else at the same time, may not have its leader yet.
      if (left === 1 || (thrown instanceof PenumbraError && thrown.where !== null)) throw thrown;
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  }
}

/**
 * With the producers' clocks in the topic, one that is an hour ahead makes everything behind it late for an hour. Only said: who reads
 * recorded exchanges needs it so.
 */
export async function warnOfProducersTime(
  kafka: KafkaLog,
  { topic, log }: { readonly topic: string; readonly log: Log },
): Promise<void> {
  try {
    const type = await kafka.settingOf(topic, timestampType);
    if (type === 'LogAppendTime') return;
    log.warn(
      { topic, [timestampType]: type },
      `the records of ${topic} bear their producers’ time: one producer whose clock is ahead makes the exchanges of all others late. ` +
        `Change it: kafka-configs.sh --bootstrap-server … --alter --topic ${topic} --add-config ${timestampType}=LogAppendTime`,
    );
  } catch (thrown) {
    log.warn(
      { topic, problem: messageOf(thrown) },
      `whether ${topic} has ${timestampType}=LogAppendTime cannot be asked here; it should`,
    );
  }
}
