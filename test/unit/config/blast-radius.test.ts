// Budgets of a day, a share that rises, times of the week and the cap over all experiments: how they are read, refused and written back.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plan } from '../../../src/commands/plan.ts';
import { validate } from '../../../src/commands/validate.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { problemsOf, soundConfig, withLine } from '../../support/bad-config.ts';

const stop = '    stopWhen: [production.p99 above 250ms]';
const slow = (faults: string) => `      slow: {target: {url: http://127.0.0.1:8083}, faults: [{${faults}}]}`;

// biome-ignore format: one case a line reads as the table it is
const cases: readonly (readonly [what: string, line: string, by: string, words: string])[] = [
  ['jitter without a law that has it', 'slow: {', slow('delay: 300ms, jitter: ‸50ms, distribution: constant'), 'jitter requires a distribution other than constant'],
  ['a law without jitter', 'slow: {', slow('delay: 300ms, distribution: ‸pareto'), 'distribution pareto requires jitter'],
  ['an unknown law', 'slow: {', slow('delay: 300ms, jitter: 50ms, distribution: ‸gamma'), 'requires one of constant, uniform, normal, lognormal, pareto, got "gamma"'],
  ['a cap below the median', 'slow: {', slow('delay: 300ms, atMost: ‸200ms'), 'atMost (200ms) requires at least the delay (300ms), which is the median'],
  ['a cap without unit', 'slow: {', slow('delay: 300ms, atMost: ‸2'), 'requires a duration with its unit'],
  ['steps that fall', 'stopWhen:', `${stop}\n    ramp: {steps: [5%, ‸1%]}`, 'ramp.steps requires shares that rise: 1% is not above 5%'],
  ['a step without unit', 'stopWhen:', `${stop}\n    ramp: {steps: [‸0.05]}`, 'requires a share such as 30%'],
  ['a ramp as a list', 'stopWhen:', `${stop}\n    ramp: ‸[1%, 5%]`, 'ramp requires a map with steps, hold'],
  ['a ramp beside a share', 'stopWhen:', `${stop}\n    ‸share: 20%\n    ramp: {steps: [1%, 5%]}`, 'share contradicts ramp: the last step is the share'],
  ['a hold shorter than what it waits for', 'stopWhen:', `${stop}\n    ramp: {steps: [1%, 5%], hold: ‸500ms}`, 'requires at least the longest window of stopWhen'],
  ['a day of nothing', 'stopWhen:', `${stop}\n    budget: {perDay: ‸0}`, 'requires at least 1'],
  ['hours that are none', 'stopWhen:', `${stop}\n    allowedTimes: [‸Mon-Fri 9-17]`, 'requires days, hours and a time zone, such as "Mon-Fri 09:00-17:00 Europe/Berlin"'],
  ['a time of no length', 'stopWhen:', `${stop}\n    allowedTimes: ["Mon 09:00-10:00", ‸"Sat 09:00-09:00"]`, 'requires days, hours'],
  ['a zone that is none', 'stopWhen:', `${stop}\n    allowedTimes: [‸"daily 09:00-10:00 Europe/Berlim"]`, 'requires a time zone such as Europe/Berlin or UTC, got "Europe/Berlim"'],
  ['a cap of nothing over all', 'service:', 'service: demo\nblastRadius: ‸{}', 'blastRadius requires at least one cap'],
  ['an unknown cap over all', 'service:', 'service: demo\nblastRadius: {‸inFlight: 5}', 'unknown key "inFlight" in blastRadius; allowed: requests, bytes, perDay, bytesPerDay'],
];

describe('what bounds the load is refused', () => {
  it.each(cases)('%s', (_, line, by, words) => {
    const { text, at } = withLine(line, by);
    const found = problemsOf(text);
    expect(found.map((problem) => problem.at)).toEqual([at]);
    expect(found[0]?.message).toContain(words);
  });

  it.each([
    ['ramp', 'ramp: {steps: [1%]}', 'share contradicts ramp', 'epoch contradicts ramp: every epoch would begin'],
    ['allowedTimes', 'allowedTimes: [daily 01:00-02:00]', '', 'allowedTimes contradicts epoch'],
  ])('%s beside an epoch', (_what, written, _unused, words) => {
    const text = soundConfig.replace('    gate: {minPairs: 1000, maxTime: 30m}', `    epoch: 24h\n    ${written}`);
    expect(problemsOf(text).map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
  });
});

const written = soundConfig
  .replace('delay: 300ms', 'delay: 300ms, jitter: 200ms, distribution: lognormal, atMost: 2s')
  .replace('service: demo', 'service: demo\nblastRadius: {requests: 200 per second, perDay: 5000000}')
  .replace(
    stop,
    `${stop}\n    budget: {perDay: 2000, bytesPerDay: 1GiB}\n    ramp: {steps: [1%, 5%, 25%], hold: 5m}\n    allowedTimes: [Mon-Fri 09:00-17:00 Europe/Berlin, daily 22:00-02:00]`,
  );

function load(text: string) {
  const { config, errors } = checkConfigText(text, { env: {}, directory: import.meta.dirname });
  if (config === null) throw new Error(errors.map(({ message }) => message).join());
  return config;
}

it('what bounds the load is the same config when it is written back', () => {
  const config = load(written);
  expect(config.blastRadius).toEqual({
    maxRequestsPerSecond: 200,
    maxBytesPerSecond: null,
    maxRequestsPerDay: 5_000_000,
    maxBytesPerDay: null,
  });
  expect(config.experiments[0]).toMatchObject({
    share: 0.25,
    ramp: { shares: [0.01, 0.05, 0.25], holdMs: 300_000 },
    blastRadius: { maxRequestsPerDay: 2000, maxBytesPerDay: 1024 ** 3 },
  });
  expect(load(effectiveText(config)).configHash).toBe(config.configHash);
});

it('validate says it', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.yaml');
  writeFileSync(file, written);
  const { report } = await validate(file, { effective: false, env: {}, nowMs: Date.parse('2026-11-22T12:00:00Z') });
  for (const line of [
    'all experiments together: requests 200 per second, perDay 5000000',
    'begins with 1 % of the traffic and rises: 1 %, 5 %, 25 %, each step for at least 5m without a worry',
    'sends only Mon-Fri 09:00-17:00 Europe/Berlin, daily 22:00-02:00; next 2026-11-22T22:00:00.000Z',
    'slow: requests are held 300ms at the median, one in six at least 500ms, none longer than 2s (lognormal)',
  ])
    expect(report).toContain(line);
});

it('a plan says it', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.yaml');
  writeFileSync(file, written);
  const { report } = plan(file, { experiment: null, productionPerSecond: 100, env: {} });
  for (const line of [
    'begins with 1 % of the traffic and rises: 1 %, 5 %, 25 %; a step lasts at least 5m without a worry, so the last begins after 10m',
    'sends only Mon-Fri 09:00-17:00 Europe/Berlin, daily 22:00-02:00; a run ends where one of these ends',
    '2,000 requests and 1 GiB of bodies in 24 hours to each arm, over all its runs and restarts',
    '200 requests/s to all arms of all experiments together',
    'slow: requests are held 300ms at the median, one in six at least 500ms, none longer than 2s (lognormal); about 0.92 % of the delayed requests longer than the deadline of 1s',
  ])
    expect(report).toContain(line);
});
