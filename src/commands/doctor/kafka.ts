// What the config says of Kafka, tried: whether the brokers let it in, whether the topic is there and holds something, how far behind the
// group that reads it is, and whose clock its records bear. Nothing is written.
import { openKafkaOf } from '../../app/open-kafka.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { KafkaAccess } from '../../config/kafka.ts';
import type { Environment } from '../../config/secrets.ts';
import { messageOf } from '../../errors.ts';
import { systemClock } from '../../io/clock.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';
import { doubtful, type Finding, failed, fine } from './finding.ts';

interface Section {
  readonly where: string;
  readonly access: KafkaAccess;
  readonly topic: string;
  /** Who reads it and begins where it stopped; null where nobody of ours does. */
  readonly group: string | null;
  /** Bucket times come from the records. */
  readonly wantsLogTime: boolean;
}

const quiet = (): void => {};
const silentLog = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export function kafkaFindings(config: EffectiveConfig, env: Environment): Promise<readonly Finding[]> {
  return Promise.all(sectionsOf(config).map((section) => kafkaFinding(section, env)));
}

function sectionsOf({ source, scale, alerts }: EffectiveConfig): readonly Section[] {
  const sections: Section[] = [];
  if (source.kafka) {
    const { topic, group } = source.kafka;
    sections.push({ where: 'source.kafka', access: source.kafka, topic, group, wantsLogTime: false });
  }
  // Where comparators of a group stand is kept in the counts, and not in marks of the group.
  if (scale) sections.push({ where: 'scale', access: scale, topic: scale.exchanges, group: null, wantsLogTime: true });
  alerts.forEach((sink, index) => {
    if (sink.sink !== 'kafka') return;
    const { kafka } = sink;
    const where = `alerts[${index}].kafka`;
    sections.push({ where, access: kafka, topic: kafka.topic, group: null, wantsLogTime: false });
  });
  return sections;
}

async function kafkaFinding(section: Section, env: Environment): Promise<Finding> {
  const { where, access, topic } = section;
  let kafka: KafkaLog | null = null;
  try {
    kafka = openKafkaOf(access, { where, env, clock: systemClock, log: silentLog });
    const bounds = [...(await kafka.boundsOf(topic))];
    const kept = bounds.reduce((sum, [, { firstOffset, endOffset }]) => sum + endOffset - firstOffset, 0);
    const partitions = bounds.length === 1 ? '1 partition' : `${bounds.length} partitions`;
    const parts = [`topic ${topic} has ${partitions} and ${kept} records`];
    if (section.group !== null) {
      const marks = await kafka.marksOf(section.group, topic);
      const behind = bounds.reduce((sum, [partition, { firstOffset, endOffset }]) => {
        return sum + endOffset - Math.max(firstOffset, marks.get(partition)?.offset ?? firstOffset);
      }, 0);
      parts.push(
        marks.size === 0 ? `group ${section.group} has read nothing yet` : `${behind} wait for group ${section.group}`,
      );
    }
    const clockProblem = section.wantsLogTime ? await producersTime(kafka, topic) : null;
    const text = parts.join('; ');
    return clockProblem === null ? fine(where, text) : doubtful(where, `${text}; ${clockProblem}`);
  } catch (thrown) {
    return failed(where, messageOf(thrown));
  } finally {
    await kafka?.close().catch(quiet);
  }
}

async function producersTime(kafka: KafkaLog, topic: string): Promise<string | null> {
  const type = await kafka.settingOf(topic, 'message.timestamp.type').catch(() => 'LogAppendTime');
  if (type === 'LogAppendTime') return null;
  return `its records bear their producers’ time: one whose clock is ahead makes all others late; set message.timestamp.type=LogAppendTime`;
}
