// protocol json: the smallest config, what it becomes, and every refusal with its line and column.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

const smallest = `service: demo
production: {url: "http://127.0.0.1:8080", protocol: json, slo: {latency: 200ms}}
inputs: [{name: a, at: /features/a}, {name: b}]
decisions: {late: {output: /p, label: above 0.5}}
experiments:
  release: {arms: {candidate: {target: {url: "http://127.0.0.1:8082"}}}, expect: {candidate.late: {flip: at most 5%}}}
`;
const check = (text: string) => checkConfigText(text, { env: {}, directory: '/' });
const withJson = (json: string) => check(smallest.replace('protocol: json,', `protocol: json, json: ${json},`));

describe('protocol json', () => {
  it('needs nothing but pointers, and every POST is a call', () => {
    const { config, errors } = check(smallest);
    expect(errors).toEqual([]);
    expect(config?.production.json).toEqual({ calls: ['POST /**'], model: 'demo', version: null, id: null });
    expect(config?.inputs.map(({ tensor }) => tensor)).toEqual(['/features/a', '/b']);
    expect(check(effectiveText(config as NonNullable<typeof config>)).config).toEqual(config);
  });

  it('takes one call or several', () => {
    expect(withJson('{calls: POST /score}').config?.production.json?.calls).toEqual(['POST /score']);
    const { config } = withJson('{calls: [POST /score, PUT /x/*], model: m, version: /v, id: /id}');
    expect(config?.production.json).toEqual({
      calls: ['POST /score', 'PUT /x/*'],
      model: 'm',
      version: '/v',
      id: '/id',
    });
  });

  it.each([
    [
      'a call without a path',
      withJson('{calls: POST}'),
      [2, 74],
      'a method and a path, such as POST /score, got "POST"',
    ],
    [
      'a version that is no pointer',
      withJson('{version: v}'),
      [2, 76],
      'production.json.version requires a JSON Pointer',
    ],
    ['an unknown key', withJson('{paths: [/x]}'), [2, 67], 'unknown key "paths" in production.json'],
    [
      'an output that is no pointer',
      check(smallest.replace('output: /p', 'output: p')),
      [4, 28],
      'decisions.late.output requires a JSON Pointer',
    ],
    [
      'an input that is no pointer',
      check(smallest.replace('at: /features/a', 'at: features')),
      [3, 24],
      'inputs[0].at requires a JSON Pointer',
    ],
    [
      'options of another protocol',
      check(smallest.replace('protocol: json', 'protocol: mlflow, json: {}')),
      [2, 62],
      'production.json is for protocol: json, not mlflow',
    ],
  ] as const)('refuses %s', (_name, { errors }, place, why) => {
    expect(errors.map(({ line, column }) => [line, column])).toEqual([place]);
    expect(errors[0]?.message).toContain(why);
  });

  it('kserve-v1 is another word for tensorflow-serving', () => {
    const { config, errors } = check(smallest.replace('protocol: json', 'protocol: kserve-v1'));
    expect([errors, config?.production.protocol]).toEqual([[], 'tensorflow-serving']);
  });
});
