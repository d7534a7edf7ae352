// `chaos` in a config: what is refused, with its place and words, and what a sound suite becomes and is written back as.
import { describe, expect, it } from 'vitest';
import { claimsFor } from '../../../src/config/chaos-config.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

const sound = `service: demo
production: {url: "http://127.0.0.1:8080", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]", default: 1, range: [0, 9]}, {name: delay, at: "f[1]", default: 2}, {name: sort, type: string}]
decisions:
  late: {output: "p[:,1]", label: above 0.5}
chaos:
  versions:
    v1: {url: "http://127.0.0.1:8081"}
    v2: {url: "http://127.0.0.1:8082", version: "2"}
  traffic: {recording: r.jsonl, requests: 100}
  features: [speed, delay]
  faults:
    zero: {perturb: [{zero: each}]}
    mixed: {perturb: [{swap: [each, delay], share: 20%}], features: [speed]}
    drop: {perturb: [{drop: each, share: 50%}]}
    late: {faults: [{delay: 300ms, share: 10%}]}
  expect:
    all: {flip: at most 5%, silentWrong: at most 5%}
    zero.delay: {flip: at least 2%}
    drop: {silentWrong: at most 1%, relation: loud}
`;

function check(text: string) {
  return checkConfigText(text, { env: {}, directory: '/etc/penumbra' });
}

// biome-ignore format: one case a line reads as the table it is
const refused: readonly (readonly [what: string, line: string, by: string, words: string])[] = [
    ['no versions', 'v1:', '    ‸v1: {}', 'requires url'],
  ['production itself', 'v1:', '    v1: {url: ‸"http://127.0.0.1:8080"}', 'this is production itself'],
  ['production by its word', 'v1:', '    v1: ‸production', 'target: production is for a control only'],
  ['traffic of both kinds', 'traffic:', '  traffic: ‸{recording: r, rows: r}', 'chaos.traffic requires either rows: FILE or recording: FILE'],
  ['no traffic', 'traffic:', '  traffic: ‸{requests: 5}', 'chaos.traffic requires either rows: FILE or recording: FILE'],
  ['a feature that is not declared', 'features:', '  features: [speed, ‸delays]', '"delays" is no declared input (did you mean "delay"?); declared: speed, delay, sort'],
  ['a perturbation that is none', 'zero:', '    zero: {perturb: [{‸zeros: each}]}', 'perturbation "zeros" is unknown (did you mean "zero"?)'],
  ['a feature that it cannot change', 'features:', '  features: [speed, sort]', 'zero cannot change sort'],
  ['a fault that does nothing', 'zero:', '    ‸zero: {}', 'chaos.faults.zero requires perturb or faults: it would do nothing'],
  ['features without each', 'zero:', '    zero: {perturb: [{zero: speed}], ‸features: [delay]}', 'features is for a fault with "each"'],
  ['a reserved name', 'zero:', '    ‸all: {perturb: [{zero: each}]}', 'a fault cannot be called "all"'],
  ['an expectation of no fault', 'zero.delay:', '    ‸zeros.delay: {flip: at least 2%}', '"zeros.delay" names no fault of this suite (did you mean "zero"?)'],
  ['an expectation of no feature', 'zero.delay:', '    ‸zero.sort: {flip: at least 2%}', '"zero.sort" names no feature of zero; features: speed, delay'],
  ['a feature of the whole request', 'zero.delay:', '    ‸late.delay: {flip: at least 2%}', '"late.delay" names a feature, and late is done to the whole request'],
  ['a limit against the control', 'all:', '    all: {flip: ‸no more than control + 1%}', 'cannot be relative to a control here'],
  ['a metric that is no rate', 'all:', '    all: {‸psi: at most 0.2}', 'psi is no share of requests'],
  ['an unknown metric', 'all:', '    all: {‸flips: at most 2%}', 'metric "flips" is unknown (did you mean "flip"?)'],
  ['loud with a share of all', 'drop:', '    zero: {silentWrong: at most 1%, relation: ‸loud}', 'relation: loud compares requests on which the fault acted with others'],
  ['required', 'all:', '    all: {flip: at most 5%, ‸required: false}', 'required has no meaning here: every cell is judged'],
  ['a schedule', 'traffic:', '  ‸schedule: "0 3 * * *"\n  traffic: {recording: r.jsonl}', 'chaos.schedule is not supported yet'],
];

describe('a suite that is not sound', () => {
  it.each(refused)('%s', (_what, line, by, words) => {
    const lines = sound.split('\n');
    const all = lines.map((text, index) => [text.trim(), index] as const).filter(([text]) => text.startsWith(line));
    const index = (line === 'drop:' ? all.at(-1) : all[0])?.[1] ?? -1;
    expect(index).toBeGreaterThanOrEqual(0);
    lines.splice(index, 1, ...by.split('\n'));
    const marked = lines.findIndex((text) => text.includes('‸'));
    const at = [marked + 1, (lines[marked] ?? '').indexOf('‸') + 1];
    const { config, errors } = check(lines.join('\n').replace('‸', ''));
    expect(config).toBeNull();
    const found = errors.find(({ message }) => message.includes(words));
    expect(errors.map(({ message }) => message).join('\n')).toContain(words);
    if (marked >= 0) expect([found?.line, found?.column]).toEqual(at);
  });
});

it('a config has experiments or a suite', () => {
  const { errors } = check(sound.slice(0, sound.indexOf('chaos:')));
  expect(errors).toEqual([
    { line: 1, column: 1, message: 'the config requires experiments: the experiments, by name' },
  ]);
});

describe('a sound suite', () => {
  const { config, errors } = check(sound);
  const chaos = config?.chaos;

  it('needs no experiments beside it', () => {
    expect(errors).toEqual([]);
    expect(config?.experiments).toEqual([]);
  });

  it('has every default', () => {
    expect(chaos).toMatchObject({ warmUpRequests: 50, deadlineMs: 1000, inFlight: 64, maxTimeMs: 1_800_000 });
    expect(chaos?.traffic).toEqual({ type: 'recording', file: '/etc/penumbra/r.jsonl', requests: 100, perSecond: 100 });
    expect(chaos?.faults.map(({ name, features }) => [name, features])).toEqual([
      ['zero', ['speed', 'delay']],
      ['mixed', ['speed']],
      ['drop', ['speed', 'delay']],
      ['late', null],
    ]);
  });

  it('judges what nobody wrote an expectation for by stated limits', () => {
    const { config: bare } = check(sound.slice(0, sound.indexOf('  expect:')));
    const claims = claimsFor(bare?.chaos ?? { expectations: [] }, { fault: 'zero', feature: 'speed' });
    expect(claims.map(({ metric, relation, tolerance }) => [metric, relation, tolerance])).toEqual([
      ['flip', 'bounded', 0.05],
      ['silent-wrong', 'bounded', 0.05],
      ['confidence-fall', 'bounded', 0.2],
    ]);
  });

  it('is written back as a config that means the same', () => {
    if (config === null) throw new Error('the config was refused');
    const again = check(effectiveText(config));
    expect(again.errors).toEqual([]);
    expect(again.config).toEqual(config);
  });

  it('has another hash when a fault is another, and the same when only its place is', () => {
    const other = check(sound.replace('share: 50%', 'share: 40%')).config;
    const elsewhere = checkConfigText(sound, { env: {}, directory: '/elsewhere' }).config;
    expect(other?.configHash).not.toBe(config?.configHash);
    expect(elsewhere?.configHash).toBe(config?.configHash);
  });
});
