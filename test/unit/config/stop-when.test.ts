import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { stopMeaning } from '../../../src/config/stop-meaning.ts';
import type { StopCondition } from '../../../src/model.ts';

const prometheus = `{prometheus: "https://prom:9090/base/", query: "sum(rate(errors[1m]))", above: 0.01, headers: {authorization: "Bearer \${env:T}"}}`;

const read = (stopWhen: string) =>
  checkConfigText(
    `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: p, label: above 0.5}}
experiments:
  trial:
    arms: {control: {target: {url: "http://127.0.0.1:2"}}, candidate: {target: {url: "http://127.0.0.1:3"}}}
    expect: {candidate.late: {flip: at most 5%}}
    stopWhen: ${stopWhen}
`,
    { env: { T: 'x' }, directory: '/' },
  );

function conditionOf(stopWhen: string): StopCondition {
  const { config, errors } = read(stopWhen);
  expect(errors).toEqual([]);
  return config?.experiments[0]?.stopWhen[0] as StopCondition;
}

describe('stopWhen', () => {
  it('has windows of a second, each judged by itself, unless it says otherwise', () => {
    const text = 'production.p99 above 250ms';
    expect(conditionOf(`[${text}]`)).toEqual({
      ...{ text, signal: 'production.p99', above: 250 },
      ...{ windowMs: 1000, minCount: 1, windows: 1 },
    });
  });

  it('says in words what minCount and windows ask besides the proof', () => {
    const plain = conditionOf('[production.p50 above 20ms]');
    expect(stopMeaning(plain)).toBe(
      'proven, in windows of 1s, that more than 50 % of production’s requests take longer',
    );
    const written = '{when: production.errors above 1%, window: 5s, minCount: 100, windows: 3}';
    expect(stopMeaning(conditionOf(`[${written}]`))).toBe(
      'proven, in windows of 5s, that more than 1 % of production’s requests fail; windows are joined until they hold 100 requests; the last 3 windows in a row must be over, too',
    );
  });

  it('is the same again from its effective form', () => {
    const { config } = read('[{when: production.errors above 1%, window: 5s, minCount: 100, windows: 3}]');
    if (config === null) throw new Error('the config is not valid');
    expect(checkConfigText(effectiveText(config), { env: {}, directory: '/' }).config).toEqual(config);
  });

  it('may be a query to Prometheus, asked every ten seconds, and thrice in a row over its limit', () => {
    const condition = conditionOf(`[${prometheus}]`);
    expect(condition).toEqual({
      text: 'sum(rate(errors[1m])) above 0.01',
      signal: 'prometheus',
      url: 'https://prom:9090/base',
      headers: { authorization: `Bearer \${env:T}` },
      query: 'sum(rate(errors[1m]))',
      ...{ side: 'above', limit: 0.01, everyMs: 10_000, times: 3 },
    });
    expect(stopMeaning(condition)).toBe(
      'asked every 10s: 3 answers in a row above 0.01; 3 × 10s without an answer of exactly one number that is not old; a run does not start while either is so; how often it aborts by mistake depends on the query and cannot be stated',
    );
  });

  it.each([prometheus, '{prometheus: "http://p", query: "min(up)", below: 1, every: 5s, times: 1}'])(
    '%s is the same again from its effective form',
    (written) => {
      const { config } = read(`[${written}]`);
      if (config === null) throw new Error('the config is not valid');
      const again = checkConfigText(effectiveText(config), { env: { T: 'x' }, directory: '/' });
      expect(again.config).toEqual(config);
    },
  );

  it.each([
    ['{when: production.errors above 1%, windows: 0}', 'windows requires'],
    ['{when: production.errors above 1%, minCount: 0}', 'minCount requires'],
    ['{prometheus: "http://p", query: q}', 'requires either above or below'],
    ['{prometheus: "http://p", query: q, above: 1, below: 2}', 'requires either above or below'],
    ['{prometheus: "http://p", query: q, above: 1%}', 'above requires a number'],
    ['{prometheus: "http://p", query: q, above: 1, every: 100ms}', 'every requires at least 1s'],
    ['{prometheus: "http://u:p@p", query: q, above: 1}', 'without user or password'],
    ['{prometheus: "http://p", query: q, above: 1, headers: {authorization: Bearer x}}', 'never written into a config'],
    ['{prometheus: "http://p", query: q, above: 1, window: 5s}', 'unknown key "window"'],
    ['production.errors above 100%', 'requires "production.errors above 1%"'],
    ['{when: production.p99 above 250ms, percentile: 99}', 'unknown key "percentile"'],
  ])('refuses %s', (written, message) => {
    expect(read(`[${written}]`).errors).toMatchObject([{ message: expect.stringContaining(message) }]);
  });
});
