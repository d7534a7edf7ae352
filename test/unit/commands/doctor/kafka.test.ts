// What doctor says of the Kafka that a config names, where nobody answers and where a file is not there; on a real broker:
// test/kafka/guarded.long.test.ts.
import { describe, expect, it } from 'vitest';
import { kafkaFindings } from '../../../../src/commands/doctor/kafka.ts';
import { checkConfigText } from '../../../../src/config/load.ts';
import { soundConfig } from '../../../support/bad-config.ts';

/** With other sources than the sound config has. */
async function findingsOf(sources: string) {
  const text = soundConfig.replace(/^source: .*$/m, sources);
  const { config, errors } = checkConfigText(text, { env: {}, directory: '.' });
  expect(errors).toEqual([]);
  return config === null ? [] : kafkaFindings(config, {});
}

describe('Kafka', () => {
  it('is not looked for where the config names none', async () => {
    expect(await findingsOf('source: {http: true}')).toEqual([]);
  });

  it('that nobody answers is wrong, section by section', async () => {
    const nobody = 'brokers: ["127.0.0.1:9"]';
    const found = await findingsOf(
      `source: {kafka: {${nobody}, topic: a}}\nalerts: [{webhook: "http://127.0.0.1:9"}, {kafka: {${nobody}, topic: b}}]`,
    );
    expect(found.map(({ about, verdict }) => [about, verdict])).toEqual([
      ['source.kafka', 'failure'],
      ['alerts[1].kafka', 'failure'],
    ]);
    expect(found[0]?.text).toMatch(/Kafka could not tell the ends of a: .*127\.0\.0\.1:9/);
  });

  it('whose certificate cannot be read is wrong before anybody is asked', async () => {
    const [found] = await findingsOf('source: {kafka: {brokers: ["127.0.0.1:9"], topic: a, tls: {ca: /nowhere.pem}}}');
    expect(found).toMatchObject({ verdict: 'failure', text: expect.stringContaining('/nowhere.pem') });
  });
});
