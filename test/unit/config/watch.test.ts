// `watch` in a config: what it means, what it refuses with line and column, what it warns of, and that it is written back whole.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { watchMeaning } from '../../../src/config/watch-text.ts';

const decisions = `decisions:
  late: {output: p, label: above 0.5}
  kind: {output: k}`;
const inputs = `inputs:
  - {name: speed, range: [0, 300], default: 80, zeroIsLegal: false}
  - {name: height}
  - {name: carrier, type: string, default: none}`;

function check(watch: string, { given = inputs, more = '' } = {}) {
  const text = `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
${given}
${decisions}
${more}
watch:
${watch}
`;
  const line = text.split('\n').indexOf('watch:') + 1;
  const { config, errors, warnings } = checkConfigText(text, { env: {}, directory: import.meta.dirname });
  const said = (problems: typeof errors) => problems.map((one) => `${one.line - line}:${one.column} ${one.message}`);
  return { config, errors: said(errors), warnings: said(warnings) };
}

const all = `  late: {lowConfidence: {bar: 0.6, share: at most 10%}, defaultMatch: {value: 0.07, share: at most 1%}, collapse: at most 5%, distribution: at most 5%}
  kind: {distribution: {learn: 3000 requests, share: at most 5%}, defaultMatch: {value: none, share: at most 1%}}
  inputs: {allZero: at most 0.1%, allDefault: at most 1%, missing: at most 1%, outOfRange: at most 1%, unseenCategory: at most 1%, rowMismatch: practically none}
  echoedInputs: {allZero: {features: [speed, "he*"], share: at most 0.1%}, outOfRange: {learn: 1000 requests, share: at most 1%}, unseenCategory: {known: {carrier: [AA]}, share: at most 1%}}`;

describe('watch', () => {
  it('needs no experiment, and knows what each line looks at', () => {
    const { config, errors, warnings } = check(all);
    expect([errors, warnings]).toEqual([[], []]);
    expect(config?.watch).toMatchObject({ bucketMs: 10_000, graceMs: 5000 });
    const seen = config?.watch?.claims.map(({ id, lookIn, features, tolerance }) => [
      id,
      lookIn,
      features.map(({ name }) => name).join(' '),
      tolerance,
    ]);
    expect(seen).toContainEqual(['inputs.allZero', 'request', 'speed height', 0.001]);
    expect(seen).toContainEqual(['inputs.allDefault', 'request', 'speed carrier', 0.01]);
    expect(seen).toContainEqual(['inputs.missing', 'request', 'speed height carrier', 0.01]);
    expect(seen).toContainEqual(['inputs.outOfRange', 'request', 'speed', 0.01]);
    expect(seen).toContainEqual(['inputs.unseenCategory', 'request', 'carrier', 0.01]);
    expect(seen).toContainEqual(['inputs.rowMismatch', 'request', '', 0.001]);
    expect(seen).toContainEqual(['echoedInputs.outOfRange', 'answer', 'speed height', 0.01]);
    expect(seen).toContainEqual(['late.lowConfidence', 'answer', '', 0.1]);
  });

  it('is written back as a config that means the same', () => {
    const { config } = check(`  grace: 2s\n${all}`);
    if (config === null) throw new Error('the config is not valid');
    const text = effectiveText(config);
    const again = checkConfigText(text, { env: {}, directory: import.meta.dirname });
    expect(again.errors).toEqual([]);
    expect(again.config).toEqual(config);
    expect(config.watch?.graceMs).toBe(2000);
  });

  it('is explained in words: the terms, n, the null and the observation point', () => {
    const { config } = check(all);
    const words = config?.watch === undefined ? '' : watchMeaning(config.watch);
    expect(words).toContain('one false alarm a year over all watches together');
    expect(words).toContain('looks at the request, whatever became of it: speed, height');
    expect(words).toContain('looks at the features echoed in the answer');
    expect(words).toContain('looks at the output: decision late of every 2xx answer');
    expect(words).toContain('REGRESSED disproves “over every stretch of time the rate is at most 0.1 %”');
    expect(words).toContain('differs from the frozen reference’s by at most 5.0 points');
    expect(words).toContain('learns from the first 2000 of them');
  });

  it('gives a line another definition only for what its counts depend on', () => {
    const definitionOf = (watch: string, more = '') => check(watch, { more }).config?.watch?.claims[0]?.definition;
    const one = definitionOf('  inputs: {allZero: at most 1%}');
    expect(definitionOf('  inputs: {allZero: at most 1%, missing: at most 1%}', 'bucket: 5s')).toBe(one);
    expect(definitionOf('  inputs: {allZero: at most 2%}')).not.toBe(one);
    expect(definitionOf('  inputs: {allZero: {features: speed, share: at most 1%}}')).not.toBe(one);
    expect(definitionOf('  echoedInputs: {allZero: at most 1%}')).not.toBe(one);
  });
});

describe('watch refuses', () => {
  it.each([
    [
      '  late: {colapse: at most 5%}',
      '1:10 watch "colapse" is unknown (did you mean "collapse"?); known under late: lowConfidence, defaultMatch, collapse, distribution',
    ],
    [
      '  kind: {collapse: at most 5%}',
      '1:10 collapse does not look at a decision of kind label; what can stand under kind: defaultMatch, distribution',
    ],
    ['  inputs: {lowConfidence: {bar: 0.6, share: at most 5%}}', '1:12 lowConfidence does not look at inputs'],
    [
      '  echoedInputs: {rowMismatch: at most 5%}',
      '1:18 rowMismatch does not look at inputs; what can stand under echoedInputs: allZero',
    ],
    [
      '  lat: {collapse: at most 5%}',
      '1:3 "lat" is neither inputs nor a decision (did you mean "late"?); allowed: inputs, echoedInputs, late, kind',
    ],
    [
      '  late: {lowConfidence: at most 5%}',
      '1:25 watch.late.lowConfidence requires bar, such as {bar: 0.6, share: at most 1%}, got "at most 5%"',
    ],
    [
      '  late: {lowConfidence: {bar: 2, share: at most 5%}}',
      '1:31 watch.late.lowConfidence.bar requires a confidence above 0 and below 1, got 2',
    ],
    [
      '  late: {lowConfidence: {bar: 0.6, shar: at most 5%}}',
      '1:36 unknown key "shar" in watch.late.lowConfidence (did you mean "share"?)',
    ],
    [
      '  late: {defaultMatch: {value: x, share: at most 5%}}',
      '1:32 watch.late.defaultMatch.value requires a score, as a number for late',
    ],
    [
      '  late: {collapse: at least 5%}',
      '1:20 watch.late.collapse requires "at most 5%" or "practically none": a watch alarms when a rate is too high',
    ],
    [
      '  late: {collapse: no more than control + 5%}',
      '1:20 watch.late.collapse requires "at most 5%" or "practically none": production has no control beside it',
    ],
    ['  late: {collapse: at most 0%}', '1:20 watch.late.collapse cannot be 0%'],
    [
      '  late: {distribution: {learn: 50 requests, share: at most 5%}}',
      '1:32 watch.late.distribution.learn requires 100 to 10000 requests to learn from, written "1000 requests", got "50 requests"',
    ],
    [
      '  inputs: {allZero: {features: sped, share: at most 5%}}',
      '1:32 "sped" is no declared input (did you mean "speed"?); declared: speed, height, carrier',
    ],
    [
      '  inputs: {outOfRange: {features: height, share: at most 5%}}',
      '1:35 watch.inputs.outOfRange.features requires features with a declared range, or "learn: 1000 requests"; height has none',
    ],
    [
      '  inputs: {unseenCategory: {known: {speed: [1]}, features: carrier, share: at most 5%}}',
      '1:36 watch.inputs.unseenCategory.known names "speed", which this line does not look at',
    ],
    ['  grace: soon', '1:10 watch.grace requires a duration with its unit, such as 5s, got "soon"'],
    ['  grace: 5s', '1:3 watch requires at least one watch'],
    ['  inputs: all', '1:11 watch.inputs requires watches with limits, such as {collapse: at most 5%}, got "all"'],
  ])('%s', (watch, message) => {
    const { config, errors } = check(watch);
    expect(config).toBeNull();
    expect(
      errors.some((error) => error.startsWith(message)),
      errors.join('\n'),
    ).toBe(true);
  });

  it('a watch on inputs where none is declared: it would see nothing', () => {
    const { errors } = check('  inputs: {allZero: at most 1%, rowMismatch: at most 1%}', { given: '' });
    expect(errors).toEqual([
      '1:21 watch.inputs.allZero would see nothing: no inputs are declared (see inputs); it looks at features of type number or integer',
    ]);
  });

  it('a decision that has the name of the inputs', () => {
    const text = check('  inputs: {allZero: at most 1%}', { more: 'alpha: 1%' });
    expect(text.errors).toEqual([]);
    const clash = checkConfigText(
      'service: s\nproduction: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}\ndecisions: {inputs: {output: p, label: above 0.5}}\nwatch:\n  inputs: {collapse: at most 1%}\n',
      { env: {}, directory: '/' },
    );
    expect(clash.errors.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '5 watch.inputs means the model inputs, and a decision has that name too: rename the decision',
    ]);
  });
});

describe('watch warns', () => {
  it('of features that a store holds behind the request', () => {
    const given = 'inputs: {card: ../../../models/flight-delay-v1.json}';
    const { warnings } = check(
      '  inputs: {allZero: {features: [dep_delay, distance], share: at most 1%}}\n  echoedInputs: {allZero: at most 1%}',
      { given },
    );
    expect(warnings).toEqual([
      '1:12 inputs.allZero looks at the request, and dep_delay come from a feature store (the model card says stored); what goes wrong behind the request does not show in it: watch the decisions too, or echoedInputs',
    ]);
  });

  it('of an entity key that an experiment speaks of', () => {
    const more = `experiments:
  e:
    arms: {slow: {target: {url: "http://127.0.0.1:2"}, faults: [{dependency: store, latency: 800ms, share: 30%, key: entity_key}]}}
    expect: {slow.late: {flip: at most 5%}}
    stopWhen: [production.p99 above 1s]`;
    const { warnings } = check('  inputs: {missing: at most 1%}', { more });
    expect(warnings.at(-1)).toMatch(/^1:12 inputs.missing looks at the request, and .* by the key entity_key/);
  });

  it('of a bar that no answer can miss, a window that knows too little, and a zero that is ordinary', () => {
    const { warnings } =
      check(`  late: {lowConfidence: {bar: 0.3, share: at most 10%}, distribution: {learn: 200 requests, share: at most 5%}}
  inputs: {allZero: {features: height, share: at most 1%}}`);
    expect(warnings).toEqual([
      expect.stringMatching(/^1:10 the confidence of late .* never below 0.5: a bar of 0.3 is never missed$/),
      expect.stringMatching(/^1:\d+ 200 requests know shares only to 11\.5 points/),
      expect.stringMatching(/^2:12 0 is an ordinary value of height/),
    ]);
  });
});
