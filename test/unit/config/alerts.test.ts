// `alerts` and `notify`: where alerts go, how grave each is, and that saying so changes nothing about what is judged.
import { describe, expect, it } from 'vitest';
import { openSinks } from '../../../src/app/open-sinks.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { hypothesisHash, policyHash } from '../../../src/config/hashes.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { notifyOf } from '../../../src/core/judge/notify.ts';
import { systemClock } from '../../../src/io/clock.ts';
import { problemsOf, soundConfig } from '../../support/bad-config.ts';

const env = { SLACK: 'https://hooks.slack.example/services/T/B/secret', OTHER: 'not an address' };

const ignore = (): void => {};
const quiet = { clock: systemClock, log: { debug: ignore, info: ignore, warn: ignore, error: ignore } };

function load(text: string): EffectiveConfig {
  const { config, errors } = checkConfigText(text, { env, directory: '/' });
  expect(errors).toEqual([]);
  return config as EffectiveConfig;
}

describe('alerts', () => {
  const text = `alerts:
  - {alertmanager: "http://127.0.0.1:9093/am", headers: {Authorization: "Bearer \${env:SLACK}"}}
  - {webhook: "http://127.0.0.1:9099/hook"}
  - {slack: "\${env:SLACK}"}
${soundConfig}`;

  it('are sinks in their order, and the secret of none is in what is printed or stored', () => {
    const config = load(text);
    const sinks = openSinks(config, { ...quiet, env });
    expect(sinks.map(({ name, repeatEveryMs }) => [name, repeatEveryMs])).toEqual([
      ['alertmanager http://127.0.0.1:9093/am', 60_000],
      ['webhook http://127.0.0.1:9099/hook', undefined],
      [`slack \${env:SLACK}`, undefined],
    ]);
    const printed = effectiveText(config);
    expect(printed + JSON.stringify(config)).not.toContain('hooks.slack');
    expect(load(printed).alerts).toEqual(config.alerts);
  });

  it('refuse a Slack secret that is no address or is not there, without quoting it', () => {
    const other = load(text.replaceAll('env:SLACK', 'env:OTHER'));
    const opening = () => openSinks({ alerts: other.alerts.slice(2) }, { ...quiet, env });
    expect(opening).toThrow(`\${env:OTHER} requires an http or https address: alerts go there`);
    expect(() => openSinks(load(text), { ...quiet, env: {} })).toThrow(
      'SLACK is referred to by the config but is missing',
    );
  });

  it('may be a Kafka topic, whose login is a reference and whose files are beside the config', () => {
    const kafka = `alerts:
  - kafka:
      brokers: ["k1.example:9093", "k2.example:9093"]
      topic: penumbra-alerts
      tls: {ca: ca.pem}
      sasl: {username: penumbra, password: "\${env:OTHER}"}
${soundConfig}`;
    const config = load(kafka);
    expect(config.alerts).toEqual([
      {
        sink: 'kafka',
        kafka: {
          brokers: ['k1.example:9093', 'k2.example:9093'],
          topic: 'penumbra-alerts',
          tls: { ca: '/ca.pem', cert: null, key: null },
          sasl: {
            mechanism: 'scram-sha-512',
            username: 'penumbra',
            passwordFrom: { from: 'env', name: 'OTHER' },
          },
        },
      },
    ]);
    const printed = effectiveText(config);
    expect(printed).not.toContain('not an address');
    expect(load(printed).alerts).toEqual(config.alerts);
    const wrong = kafka.replace(`"\${env:OTHER}"`, 'hunter2').replace('penumbra-alerts', 'a b').replace('ca:', 'cert:');
    expect(problemsOf(wrong).map(({ message }) => message)).toEqual([
      'alerts[0].kafka.topic requires the name of a Kafka topic: letters, digits, ".", "_" and "-"',
      'alerts[0].kafka.tls requires cert and key together',
      `alerts[0].kafka.sasl.password requires a reference, \${file:/path} or \${env:NAME}: a secret is never written into a config`,
    ]);
  });

  it('know no headers for slack', () => {
    const found = problemsOf(text.replace(`slack: "\${env:SLACK}"`, `slack: "\${env:SLACK}", headers: {a: b}`));
    expect(found.map(({ message }) => message)).toEqual([
      'headers has no meaning for slack: its address is its secret',
    ]);
  });
});

describe('notify', () => {
  const notified = (config: EffectiveConfig) =>
    Object.fromEntries(
      (config.experiments[0]?.hypotheses ?? []).map((one) => {
        const role = config.experiments[0]?.arms.find(({ name }) => name === one.arm)?.role;
        return [one.id, notifyOf(one, role)];
      }),
    );

  it('is a ticket for a fault and a page for all else; what is only shown raises nothing', () => {
    const all = notified(load(soundConfig));
    expect(all).toMatchObject({
      'candidate.late.flip': 'page',
      'slow.late.silent-wrong.loud': 'ticket',
      'candidate.error': 'page',
      'candidate.late.worse': 'none',
      'slow.late.different': 'none',
    });
  });

  it('is what an expectation says, is printed, and changes no evidence and no policy', () => {
    const before = load(soundConfig);
    const text = soundConfig
      .replace('{flip: at most 5%}', '{flip: at most 5%, notify: none}')
      .replace('relation: loud}', 'relation: loud, notify: page}');
    const config = load(text);
    expect(notified(config)).toMatchObject({ 'candidate.late.flip': 'none', 'slow.late.silent-wrong.loud': 'page' });
    expect(notified(load(effectiveText(config)))).toEqual(notified(config));
    const hashes = (of: EffectiveConfig) =>
      of.experiments.map((experiment) => [
        policyHash(experiment, of),
        ...experiment.hypotheses.map((one) => hypothesisHash(one, { ...of, experiment })),
      ]);
    expect(hashes(config)).toEqual(hashes(before));
  });

  it('of a watch is a page unless said, and begins no watch anew', () => {
    const withWatch = (line: string) => load(`${soundConfig}watch:\n  late: {collapse: ${line}}\n`);
    const plain = withWatch('at most 5%');
    const said = withWatch('{share: at most 5%, notify: ticket}');
    const [one] = plain.watch?.claims ?? [];
    expect(said.watch?.claims).toEqual([{ ...one, notify: 'ticket' }]);
    expect(load(effectiveText(said)).watch).toEqual(said.watch);
    expect(load(effectiveText(plain)).watch).toEqual(plain.watch);
  });

  it('refuses other words, and has no meaning in a suite', () => {
    const found = problemsOf(soundConfig.replace('{flip: at most 5%}', '{flip: at most 5%, notify: mail}'));
    expect(found.map(({ message }) => message)).toEqual([
      expect.stringContaining('notify requires one of page, ticket, none, got "mail"'),
    ]);
    const watch = problemsOf(`${soundConfig}watch:\n  late: {collapse: {share: at most 5%, notify: loud}}\n`);
    expect(watch.map(({ message }) => message)).toEqual([expect.stringContaining('notify requires one of page')]);
  });
});
