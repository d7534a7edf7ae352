// What becomes of a record that cannot be read: it is counted, told at level debug, and put on the dead-letter topic where there is one.
import { messageOf, PenumbraError } from '../../errors.ts';
import type { KafkaLog, KafkaRecord, TopicPartition } from '../kafka/port.ts';
import type { Log } from '../ports.ts';

interface Aside {
  readonly record: KafkaRecord;
  readonly at: TopicPartition;
  readonly thrown: unknown;
}

interface AsideDeps {
  readonly kafka: KafkaLog;
  readonly log: Log;
  readonly deadLetter: string | null;
  readonly losses: { malformed: number; dead_letter_failed: number };
}

/** The offset goes on whatever becomes of it. */
export async function putAside({ kafka, log, deadLetter, losses }: AsideDeps, { record, at, thrown }: Aside) {
  losses.malformed += 1;
  const code = thrown instanceof PenumbraError ? thrown.code : 'INTERNAL';
  const where = `${at.topic}/${at.partition}/${record.offset}`;
  log.debug({ where, code, problem: messageOf(thrown) }, 'a record holds no exchange');
  if (deadLetter === null) return;
  const headers = {
    ...record.headers,
    'penumbra-code': code,
    'penumbra-problem': messageOf(thrown).slice(0, 500),
    'penumbra-from': where,
  };
  try {
    await kafka.produce(deadLetter, [{ key: record.key, value: record.value, headers }]);
  } catch (failed) {
    losses.dead_letter_failed += 1;
    log.warn({ where, problem: messageOf(failed) }, 'a record could not be put into the dead-letter topic');
  }
}
