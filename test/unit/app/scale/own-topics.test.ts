// Whose clock the topics go by: penumbra's own by the log's, and the exchanges topic is asked.
import { describe, expect, it } from 'vitest';
import { ensureOwnTopics, warnOfProducersTime } from '../../../../src/app/scale/own-topics.ts';
import { createFakeClock, roundMs } from '../../../support/fake-clock.ts';
import { createMemoryKafka } from '../../../support/memory-kafka.ts';
import { scale } from '../../../support/scaled.ts';

const name = 'message.timestamp.type';
const quiet = (): void => {};

function connect() {
  const warnings: string[] = [];
  const kafka = createMemoryKafka({ clock: createFakeClock(roundMs) });
  const log = { debug: quiet, info: quiet, error: quiet, warn: (_: object, text: string) => void warnings.push(text) };
  return { kafka, client: kafka.connect(), log, warnings };
}

describe('the time of records', () => {
  it('is the log’s in the topics that penumbra makes', async () => {
    const { client } = connect();
    await ensureOwnTopics(client, scale);
    expect(await client.settingOf(scale.counts, name)).toBe('LogAppendTime');
    expect(await client.settingOf(scale.control, name)).toBe('LogAppendTime');
  });

  it('is nothing to say when the exchanges topic has the log’s', async () => {
    const { client, log, warnings } = connect();
    await client.ensureTopics([{ topic: 'exchanges', partitions: 2, configs: { [name]: 'LogAppendTime' } }]);
    await warnOfProducersTime(client, { topic: 'exchanges', log });
    expect(warnings).toEqual([]);
  });

  it('is warned of when it has the producers’, with what changes it', async () => {
    const { client, log, warnings } = connect();
    await client.ensureTopics([{ topic: 'exchanges', partitions: 2, configs: { [name]: 'CreateTime' } }]);
    await warnOfProducersTime(client, { topic: 'exchanges', log });
    expect(warnings.join('\n')).toMatch(
      /--alter --topic exchanges --add-config message\.timestamp\.type=LogAppendTime/,
    );
  });

  it('is warned of when it cannot be asked, and nothing fails', async () => {
    const { kafka, client, log, warnings } = connect();
    kafka.stop();
    await warnOfProducersTime(client, { topic: 'exchanges', log });
    expect(warnings.join('\n')).toMatch(/cannot be asked/);
  });
});
