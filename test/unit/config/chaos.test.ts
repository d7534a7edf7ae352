// `chaos` in a config: what is refused, with its place and words, and what a sound suite becomes and is written back as.
import { describe, expect, it } from 'vitest';
import { claimsFor } from '../../../src/config/chaos-config.ts';
import { chaosMeaning, chaosOnlyNotice } from '../../../src/config/chaos-meaning.ts';
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
  ['traffic of both kinds', 'traffic:', '  traffic: ‸{recording: r, rows: r}', 'chaos.traffic requires either rows: FILE, recording: FILE or live: {}'],
  ['no traffic', 'traffic:', '  traffic: ‸{requests: 5}', 'chaos.traffic requires either rows: FILE, recording: FILE or live: {}'],
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
  ['a schedule without live traffic', 'traffic:', '  ‸schedule: {at: "0 3 * * *"}\n  traffic: {recording: r.jsonl}', 'chaos.schedule is for live traffic: nothing of a file reaches production'],
  ['stop conditions without live traffic', 'traffic:', '  ‸stopWhen: [production.p99 above 1s]\n  traffic: {recording: r.jsonl}', 'chaos.stopWhen is for live traffic: nothing of a file reaches production'],
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

describe('a suite on live traffic', () => {
  const stop = 'stopWhen: [production.p99 above 250ms]';
  const written = `  traffic: {live: {maxTime: 5m, share: 20%}, requests: 300}
  ${stop}
  budget: {requests: 20 per second}
  schedule: {at: "0 3 * * 6", zone: Europe/Berlin}`;
  const live = sound.replace('  traffic: {recording: r.jsonl, requests: 100}', written);
  const problemsOf = (text: string): string[] =>
    check(text).errors.map(({ line, column, message }) => `${line}:${column}: ${message}`);

  it('has its blast radius, stop conditions and times', () => {
    const { config, errors } = check(live);
    expect(errors).toEqual([]);
    expect(config?.chaos?.traffic).toMatchObject({
      type: 'live',
      requests: 300,
      cellMs: 300_000,
      share: 0.2,
      blastRadius: { maxRequestsPerSecond: 20, maxInFlightPerArm: 32 },
      stopWhen: [{ text: 'production.p99 above 250ms' }],
      schedule: { at: '0 3 * * 6', zone: 'Europe/Berlin' },
    });
  });

  it('is the same again from its effective form', () => {
    const { config } = check(live);
    if (config === null) throw new Error('the config is not sound');
    const again = check(effectiveText(config));
    expect([again.errors, again.config?.chaos]).toEqual([[], config.chaos]);
  });

  it('requires stop conditions', () => {
    expect(problemsOf(live.replace(`  ${stop}\n`, ''))).toEqual([
      expect.stringMatching(/^6:1: a suite on live traffic requires stopWhen/),
    ]);
  });

  it.each([
    ['5m', '5s', '10:19: maxTime requires more than 12s: no bucket of a cell would close in time'],
    ['requests: 300', 'rate: 5 per second', '10:46: chaos.traffic.rate is for rows: live requests come when they come'],
    [
      '  budget:',
      '  inFlight: 5\n  budget:',
      '12:3: chaos.inFlight is for recorded traffic: write budget: {inFlight: 32}',
    ],
    ['Europe/Berlin', 'Moon', '13:37: zone requires a time zone such as Europe/Berlin or UTC, got "Moon"'],
    [
      '0 3 * * 6',
      '0 3 * *',
      '13:18: "0 3 * *" is no cron line such as "0 3 * * *" (3 o\'clock every day): it has not five fields',
    ],
  ])('refuses what cannot be: %s → %s', (was, is, problem) => {
    expect(problemsOf(live.replace(was, is))).toEqual([problem]);
  });

  it('refuses a fault that would strike the control as well', () => {
    const dependent = live.replace(
      'faults: [{delay: 300ms, share: 10%}]',
      'faults: [{dependency: store, latency: 1s}]',
    );
    expect(problemsOf(dependent).join()).toMatch(/would strike the control too|no dependency|dependenc/);
  });
});

describe('what validate says of a suite', () => {
  const nowMs = Date.parse('2026-11-22T12:00Z');
  const meaningOf = (text: string): string => {
    const chaos = check(text).config?.chaos;
    return chaos === undefined ? '' : chaosMeaning(chaos, nowMs);
  };

  it('counts its cells and says where its requests come from', () => {
    const said = meaningOf(sound);
    // Two versions; zero and drop of two features, mixed of one, late of the whole request; flip and silent-wrong of each.
    expect(said).toContain('chaos: 12 treatments, 24 cells');
    expect(said).toContain('the first 100 requests of the recording /etc/penumbra/r.jsonl');
    expect(said).toContain('expects of drop: silentWrong at most 1% and loud');
  });

  it('says of a live one when it starts and what ends it', () => {
    const live = sound.replace(
      'traffic: {recording: r.jsonl, requests: 100}',
      'traffic: {live: {}}\n  stopWhen: [production.p99 above 250ms]\n  schedule: {at: "0 3 * * 6", zone: Europe/Berlin}',
    );
    const said = meaningOf(live);
    expect(said).toContain('by itself, next: Sat 2026-11-28 03:00 Europe/Berlin, Sat 2026-12-05 03:00 Europe/Berlin');
    expect(said).toContain('the whole suite ends when production.p99 above 250ms: proven');
  });

  it('says what serve does when there is nothing else', () => {
    const noticeOf = (text: string): string | null => {
      const { config } = check(text);
      return config && chaosOnlyNotice(config, nowMs);
    };
    expect(noticeOf(sound)).toMatch(/^nothing to serve: .* recorded traffic/);
    const live = sound.replace(
      '{recording: r.jsonl, requests: 100}',
      '{live: {}}\n  stopWhen: [production.p99 above 1s]',
    );
    expect(noticeOf(live)).toMatch(/^waits for the chaos suite to be started: penumbra chaos/);
    expect(noticeOf(`${sound}watch: {late: {collapse: at most 5%}}\n`)).toBeNull();
  });
});
