// `drill` in a config: every default, and everything that cannot be drilled with its line and column.
import { describe, expect, it } from 'vitest';
import { defaultDrill } from '../../../src/config/drill.ts';
import { drillExperiment } from '../../../src/config/drill-experiment.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

interface Parts {
  readonly inputs?: string;
  readonly alerts?: string;
  readonly twin?: string;
  readonly more?: string;
}

const withInputs =
  '[{name: dep_delay, at: "f[0]"}, {name: carrier, at: c, type: string}, {name: distance, at: "f[1]"}]';

/** The line of `drill` is the twelfth. */
function textOf(drill: string, { inputs = withInputs, alerts, twin, more = '' }: Parts = {}): string {
  return `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: ${inputs}
decisions: {late: {output: p, label: above 0.5}, eta: {output: eta, kind: regression, scale: 0..300}}
alerts: ${alerts ?? '[{webhook: "http://127.0.0.1:9"}]'}
experiments:
  open: {arms: {candidate: {}}, expect: {candidate.late: {flip: at most 1%}}, candidates: ["http://127.0.0.1:*"]}
  release:
    arms: {control: {target: ${twin ?? '{url: "http://127.0.0.1:2"}'}}, candidate: {target: {url: "http://127.0.0.1:3"}}}
    expect: {candidate.late: {flip: at most 5%}}
    stopWhen: [production.p99 above 1s]
${drill}
${more}`;
}

function check(text: string) {
  return checkConfigText(text, { env: {}, directory: '/' });
}

function loaded(drill: string, parts?: Parts): EffectiveConfig {
  const { config, errors } = check(textOf(drill, parts));
  if (config === null) throw new Error(JSON.stringify(errors));
  return config;
}

function complaint(drill: string, parts?: Parts): string {
  const { errors } = check(textOf(drill, parts));
  return errors.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n');
}

describe('the defaults', () => {
  const expected = {
    experiment: 'release',
    arm: 'control',
    perturbations: [{ type: 'zero', options: { features: ['dep_delay', 'distance'], share: 1 } }],
    decisions: ['late', 'eta'],
    tolerance: 0.01,
    share: 1,
    withinMs: 600_000,
    maxRequestsPerSecond: 10,
    maxRequests: 2000,
    receiver: null,
    schedule: null,
    stopWhen: [{ text: 'production.p99 above 1s' }],
  };

  it.each(['drill: {}', 'drill:'])('of "%s" serve the common case', (text) => {
    expect(loaded(text).drill).toMatchObject(expected);
  });

  it('are the same where nothing is said', () => {
    const config = loaded('');
    expect(config.drill).toBeUndefined();
    const rest = { experimentsAreComplete: true, hasAlerts: true, env: {}, directory: '/' };
    expect(defaultDrill({ ...config, ...rest })).toEqual(loaded('drill: {}').drill);
  });

  it('become one planted arm at the twin, and claims that fall without ending the run', () => {
    const config = loaded('drill: {}');
    const experiment = drillExperiment(config.drill as NonNullable<typeof config.drill>, config);
    expect(experiment.arms).toMatchObject([{ name: 'planted', role: 'fault', target: { url: 'http://127.0.0.1:2' } }]);
    expect(experiment.hypotheses).toMatchObject([
      { id: 'planted.late.flip', required: false, automatic: false, alphaViolated: 0.005 },
      { id: 'planted.eta.material', required: false, automatic: false, alphaViolated: 0.005 },
    ]);
    expect(experiment).toMatchObject({ name: 'drill', gate: null, warmUpRequests: 50, maxTimeMs: 600_000 });
  });
});

it('is written back so that it reads the same again', () => {
  const config = loaded(
    'drill: {arm: candidate, experiment: release, perturb: [{noise: dep_delay, sd: 5, share: 50%}], decision: late, limit: 2%, within: 5m, budget: {requests: 3 per second, total: 500}, receiver: "http://127.0.0.1:9093", schedule: {at: "0 9 * * 1", zone: Europe/Berlin}}',
  );
  const again = check(effectiveText(config));
  expect(again.errors).toEqual([]);
  expect(again.config?.drill).toEqual(config.drill);
  expect(loaded('drill: {schedule: {every: 24h}}').drill?.schedule).toEqual({ everyMs: 86_400_000 });
});

describe('what cannot be drilled is refused with its place', () => {
  it.each<[string, string, Parts | undefined]>([
    ['drill: {experiment: relase}', '12:21 "relase" is no experiment (did you mean "release"?)', undefined],
    ['drill: {experiment: release, arm: contrl}', '12:35 "contrl" is no arm of release', undefined],
    ['drill: {arm: nobody}', '12:14 no experiment has an arm "nobody"', undefined],
    ['drill: {experiment: open}', '12:1 open has no control', undefined],
    ['drill: {experiment: open, arm: candidate}', '12:32 candidate of open has no target', undefined],
    ['drill: {decision: lat}', '12:19 "lat" is no decision (did you mean "late"?)', undefined],
    ['drill: {perturb: [{zero: dep_dely}]}', 'zero names "dep_dely", which is no declared input', undefined],
    ['drill: {limits: 2%}', '12:9 unknown key "limits" in drill', undefined],
    ['drill: {limit: 2}', '12:16 drill.limit requires a share', undefined],
    ['drill: {within: 5s}', '12:17 drill.within requires more than bucket + joinDeadline', undefined],
    ['drill: {schedule: {every: 5m}}', '12:27 drill.schedule.every requires more than within (10m)', undefined],
    ['drill: {schedule: {}}', '12:19 drill.schedule requires either every', undefined],
    ['drill: {schedule: {at: "0 25 * * *"}}', '12:24 "0 25 * * *" is no cron line', undefined],
    ['drill: {schedule: {at: "0 3 * * *", zone: Mars/Here}}', 'Mars/Here is no time zone', undefined],
    ['drill: {budget: {total: 0}}', '12:25 drill.budget.total requires at least 1', undefined],
    ['drill: {}', '12:1 drill requires perturb: no declared input can be zeroed', { inputs: '[]' }],
    [
      'drill: {}',
      '12:1 control of release asks production itself',
      { twin: 'production, allowLoadOnProduction: 5 per second' },
    ],
  ])('%s: %s', (text, expected, parts) => {
    expect(complaint(text, parts)).toContain(expected);
  });

  it('without a sink, since no alert could arrive', () => {
    const text = textOf('drill: {}').replace(/alerts: .*/, '');
    expect(check(text).errors.map(({ message }) => message)).toEqual([
      expect.stringContaining('drill requires alerts'),
    ]);
  });

  it('an experiment of its name', () => {
    const text = textOf('').replace('  release:', '  drill:');
    expect(check(text).errors).toMatchObject([
      { line: 8, column: 3, message: expect.stringContaining('called drill') },
    ]);
  });

  it('says nothing of a drill whose experiment was refused itself', () => {
    const text = textOf('drill: {experiment: release}').replace('flip: at most 5%', 'flap: at most 5%');
    expect(check(text).errors.filter(({ line }) => line === 12)).toEqual([]);
  });
});
