import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

const scale = '{brokers: ["127.0.0.1:9092"], exchanges: exchanges}';

const stale = 'perturb: [{stale: speed, requests: 3, key: id}]';
const prometheusStop = '    stopWhen: [{prometheus: "http://127.0.0.1:9", query: up, below: 1}]';

function configWith({
  top = '',
  experiment = '',
  arm = '',
  expects = 'flip: at most 5%',
  shared = scale,
} = {}): string {
  return `service: test
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]"}, {name: id, at: "f[1]"}]
decisions: {late: {output: p, label: above 0.5}}
scale: ${shared}
${top}
experiments:
  trial:
    arms:
      slow: {target: {url: "http://127.0.0.1:2"}${arm}}
    expect:
      slow.late: {${expects}}
${experiment}
`;
}

function problemsOf(text: string): string[] {
  return checkConfigText(text, { env: {}, directory: '/' }).errors.map(({ line, message }) => `${line}: ${message}`);
}

describe('scale', () => {
  it('has a default for everything but brokers and topic, and is written back as it was read', () => {
    const { config } = checkConfigText(configWith(), { env: {}, directory: '/' });
    expect(config?.scale).toEqual({
      ...{
        brokers: ['127.0.0.1:9092'],
        exchanges: 'exchanges',
        counts: 'penumbra-counts',
        control: 'penumbra-control',
      },
      ...{ group: 'penumbra', from: 'now', idleMs: 5000, tls: null, sasl: null },
    });
    const again = config && checkConfigText(effectiveText(config), { env: {}, directory: '/' }).config;
    expect(again?.scale).toEqual(config?.scale);
  });

  it.each([
    ['{exchanges: e}', /brokers/],
    ['{brokers: [], exchanges: e}', /brokers/],
    ['{brokers: ["a:1"], exchanges: "no topic"}', /scale\.exchanges requires the name of a Kafka topic/],
    ['{brokers: ["a:1"], exchanges: penumbra-counts}', /three topics/],
    ['{brokers: ["a:1"], exchanges: e, from: yesterday}', /now/],
    ['{brokers: ["a:1"], exchanges: e, broker: b}', /unknown key "broker"/],
  ])('refuses %s', (shared, message) => {
    const problems = problemsOf(configWith({ shared }));
    expect(problems.join('\n')).toMatch(message);
    expect(problems[0]).toMatch(/^5: /);
  });
});

describe('what many comparators cannot do together', () => {
  it.each([
    ['watch', { top: 'watch: {late: {lowConfidence: {bar: 0.3, share: at most 10%}}}' }, /^6: watch needs one process/],
    ['a tap', { top: 'source: {tap: {listen: "127.0.0.1:9000"}}' }, /^6: source\.tap brings exchanges past the topic/],
    [
      'posting',
      { top: 'source: {http: true}' },
      /^6: source\.http brings exchanges past the topic.*source is left out/,
    ],
    ['stale', { arm: `, ${stale}`, experiment: prometheusStop }, /stale needs one process/],
    ['worse', { expects: 'worse: at most 1%' }, /^11: .*true outcomes/],
    [
      'a stop condition on production',
      { experiment: '    stopWhen: [production.errors above 1%]' },
      /requires prometheus/,
    ],
    [
      'a budget for everything',
      { top: 'blastRadius: {requests: 100 per second}' },
      /^6: blastRadius needs one process/,
    ],
    ['a budget per day', { experiment: '    budget: {perDay: 5000}' }, /a budget per day needs one process/],
  ])('%s is refused with its line', (_name, change, message) => {
    expect(problemsOf(configWith(change)).join('\n')).toMatch(new RegExp(message.source, 'm'));
  });

  it('posting is off by itself, and may be said to be', () => {
    const { config, errors } = checkConfigText(configWith({ top: 'source: {http: false}' }), {
      env: {},
      directory: '/',
    });
    expect(errors).toEqual([]);
    expect(config?.source.http).toBe(false);
    const silent = checkConfigText(configWith(), { env: {}, directory: '/' });
    expect(silent.config?.source).toEqual(config?.source);
  });

  it('are few: the same config without them is sound', () => {
    expect(problemsOf(configWith())).toEqual([]);
  });
});
