// The topics that comparators and judge speak through, made where they are not there yet.
import type { ScaleConfig } from '../../config/scale.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';

const tries = 10;
const pauseMs = 300;

/** @throws PenumbraError KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function ensureOwnTopics(kafka: KafkaLog, { counts, control }: ScaleConfig): Promise<void> {
  const wishes = [
    { topic: counts, partitions: 1 },
    // Of what the judge says only the last matters, and every run in full.
    { topic: control, partitions: 1, configs: { 'cleanup.policy': 'compact', 'segment.ms': '600000' } },
  ];
  for (let left = tries; left > 0; left -= 1) {
    try {
      await kafka.ensureTopics(wishes);
      return;
    } catch (thrown) {
      // A topic made a moment ago, or by somebody else at the same time, may not have its leader yet.
      if (left === 1) throw thrown;
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  }
}
