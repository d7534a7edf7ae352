// Which edits start evidence anew and which do not.
import { describe, expect, it } from 'vitest';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { hashOf, hypothesisHash, policyHash } from '../../../src/config/hashes.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import type { Experiment, Hypothesis } from '../../../src/model.ts';
import { soundConfig } from '../../support/bad-config.ts';

function hashesOf(text: string, directory = '/a') {
  const { config, errors } = checkConfigText(text, { env: {}, directory });
  expect(errors).toEqual([]);
  const { experiments, configHash, ...setting } = config as EffectiveConfig;
  const experiment = experiments[0] as Experiment;
  const flip = experiment.hypotheses.find(({ id }) => id === 'candidate.late.flip') as Hypothesis;
  return {
    config: configHash,
    policy: policyHash(experiment, setting),
    flip: hypothesisHash(flip, { ...setting, experiment }),
  };
}

const before = hashesOf(soundConfig);

describe('hashes', () => {
  it('do not depend on the order of keys, nor on where the config stands', () => {
    expect(hashOf({ a: 1, b: [{ c: 2, d: null }] })).toBe(hashOf({ b: [{ d: null, c: 2 }], a: 1 }));
    expect(hashesOf(soundConfig, '/b')).toEqual(before);
    expect(hashesOf(`# a comment\n${soundConfig}`)).toEqual(before);
  });

  it.each([
    ['an alert address', soundConfig.replace('service: demo', 'service: demo\nalerts: [{webhook: http://h}]')],
    ['a budget', soundConfig.replace('    gate:', '    budget: {requests: 10 per second}\n    gate:')],
    ['where the API listens', soundConfig.replace('service: demo', 'service: demo\napi: {listen: 127.0.0.1:9191}')],
    ['a stop condition', soundConfig.replace('above 250ms', 'above 300ms')],
    ['where the candidate lives', soundConfig.replace(':8082', ':8092')],
  ])('%s changes the config and no evidence', (_, text) => {
    const after = hashesOf(text);
    expect(after.config).not.toBe(before.config);
    expect([after.policy, after.flip]).toEqual([before.policy, before.flip]);
  });

  it.each([
    ['the tolerance', soundConfig.replace('at most 5%', 'at most 4%')],
    ['the decision', soundConfig.replace('above 0.5', 'above 0.6')],
    ['the bucket', `bucket: 5s\n${soundConfig}`],
    ['the seed', `seed: "2"\n${soundConfig}`],
    ['the promise', soundConfig.replace('200ms', '250ms')],
    ['the share', soundConfig.replace('    gate:', '    share: 50%\n    gate:')],
  ])('%s starts the evidence anew', (_, text) => {
    const after = hashesOf(text);
    expect(after.policy).not.toBe(before.policy);
    expect(after.flip).not.toBe(before.flip);
  });

  it.each([
    ['another arm', soundConfig.replace('delay: 300ms', 'delay: 400ms')],
    ['the gate', soundConfig.replace('1000', '2000')],
    ['another claim', soundConfig.replace('{flip: at most 5%}', '{flip: at most 5%, material: at most 9%}')],
  ])('%s changes the policy and leaves the flip evidence', (_, text) => {
    const after = hashesOf(text);
    expect(after.policy).not.toBe(before.policy);
    expect(after.flip).toBe(before.flip);
  });
});
