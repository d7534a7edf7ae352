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
  /** The config's section that says how to get there. */
  readonly where: string;
  /** The topic's own line, where it is not the section. */
  readonly line?: string;
  readonly access: KafkaAccess;
  readonly topic: string;
  /** Who reads it and begins where it stopped; null where nobody of ours does. */
  readonly group: string | null;
  /** Something may come to be there only when penumbra first writes to it. */
  readonly isWritten: boolean;
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
    const { topic, group, deadLetter } = source.kafka;
    const read = { where: 'source.kafka', access: source.kafka, wantsLogTime: false };
    sections.push({ ...read, topic, group, isWritten: false });
    if (deadLetter !== null)
      sections.push({ ...read, line: 'source.kafka.deadLetter', topic: deadLetter, group: null, isWritten: true });
  }
  // Where comparators of a group stand is kept in the counts, and not in marks of the group. Their own topics they make themselves.
  if (scale) {
    const exchanges = { topic: scale.exchanges, group: null, isWritten: false, wantsLogTime: true };
    sections.push({ where: 'scale', access: scale, ...exchanges });
  }
  alerts.forEach((sink, index) => {
    if (sink.sink !== 'kafka') return;
    const { kafka } = sink;
    const where = `alerts[${index}].kafka`;
    sections.push({ where, access: kafka, topic: kafka.topic, group: null, isWritten: true, wantsLogTime: false });
  });
  return sections;
}

async function kafkaFinding(section: Section, env: Environment): Promise<Finding> {
  const { where, access, topic, line: about = where } = section;
  let kafka: KafkaLog | null = null;
  try {
    kafka = openKafkaOf(access, { where, env, clock: systemClock, log: silentLog });
    const text = await topicText(kafka, section);
    const clockProblem = section.wantsLogTime ? await producersTime(kafka, topic) : null;
    return clockProblem === null ? fine(about, text) : doubtful(about, `${text}; ${clockProblem}`);
  } catch (thrown) {
    const said = messageOf(thrown);
    if (!section.isWritten || !said.includes('UNKNOWN_TOPIC')) return failed(about, said);
    return doubtful(
      about,
      `topic ${topic} is not there: some brokers make it when it is first written to, others refuse`,
    );
  } finally {
    await kafka?.close().catch(quiet);
  }
}

async function topicText(kafka: KafkaLog, { topic, group }: Section): Promise<string> {
  const bounds = [...(await kafka.boundsOf(topic))];
  const kept = bounds.reduce((sum, [, { firstOffset, endOffset }]) => sum + endOffset - firstOffset, 0);
  const partitions = bounds.length === 1 ? '1 partition' : `${bounds.length} partitions`;
  const text = `topic ${topic} has ${partitions} and ${kept} records`;
  if (group === null) return text;
  const marks = await kafka.marksOf(group, topic);
  if (marks.size === 0) return `${text}; group ${group} has read nothing yet`;
  const behind = bounds.reduce((sum, [partition, { firstOffset, endOffset }]) => {
    return sum + Math.max(0, endOffset - Math.max(firstOffset, marks.get(partition)?.offset ?? firstOffset));
  }, 0);
  return `${text}; ${behind} wait for group ${group}`;
}

async function producersTime(kafka: KafkaLog, topic: string): Promise<string | null> {
  const type = await kafka.settingOf(topic, 'message.timestamp.type').catch(() => 'LogAppendTime');
  if (type === 'LogAppendTime') return null;
  return `its records bear their producers’ time: one whose clock is ahead makes all others late; set message.timestamp.type=LogAppendTime`;
}
