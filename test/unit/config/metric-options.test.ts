// Metrics from config text: their options, the limits each can have, and what each means in words. `‸` marks where it is refused.
import { describe, expect, it } from 'vitest';
import { meaningOf, standingOf } from '../../../src/config/describe.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { knownMetrics } from '../../../src/config/metrics.ts';
import type { Hypothesis } from '../../../src/model.ts';
import { problemsOf, soundConfig, withLine } from '../../support/bad-config.ts';

/** Every kind of output has a decision; `raw` is a score that is no probability. */
const decisions = `
  risk: {output: q, label: above 0.5}
  raw: {output: z, label: above 0}
  class: {output: l, label: argmax}
  tag: {output: t}
  eta:`;
const segments = '\nsegments: {carrier: {header: x-carrier}}\nexperiments:';
const dependencies = '\ndependencies: {store: {protocol: http, listen: "127.0.0.1:7001", upstream: "http://store"}}\n';
const sound = soundConfig.replace('\n  eta:', decisions).replace('\nexperiments:', segments) + dependencies;

function claimsOf(subject: string, claims: string): readonly Hypothesis[] {
  const text = sound.replace('      slow.late: {', `      ${subject}: {${claims}}\n      slow.late: {`);
  const { config, errors } = checkConfigText(text, { env: {}, directory: '/' });
  expect(errors).toEqual([]);
  const again = checkConfigText(effectiveText(config as EffectiveConfig), { env: {}, directory: '/' });
  expect([again.errors, again.config]).toEqual([[], config]);
  return (config as EffectiveConfig).experiments[0]?.hypotheses.filter(({ automatic }) => !automatic) ?? [];
}

const claimOf = (subject: string, claim: string): Hypothesis =>
  claimsOf(subject, claim).find(
    ({ id }) => id !== 'candidate.late.flip' && id !== 'slow.late.silent-wrong.loud',
  ) as Hypothesis;

// biome-ignore format: one case a line reads as the table it is
const legal: readonly (readonly [subject: string, claim: string, expected: Partial<Hypothesis>])[] = [
  ['candidate.risk', 'lowConfidence: {bar: 0.6, share: at most 10%}', { metric: 'low-confidence', options: { bar: 0.6 }, relation: 'bounded', against: 'limit', tolerance: 0.1 }],
  ['candidate.class', 'lowConfidence: {bar: 0.6, share: no more than control + 2%}', { against: 'control', tolerance: 0.02 }],
  ['candidate.risk', 'confidenceFall: at most 5%', { metric: 'confidence-fall', options: { by: 0.1 }, tolerance: 0.05 }],
  ['candidate.risk', 'confidenceFall: {by: 0.2, share: at most 5%}', { options: { by: 0.2 }, tolerance: 0.05 }],
  ['candidate.risk', 'confidenceFall: {share: at least 5%}', { options: { by: 0.1 }, relation: 'sensitive' }],
  ['candidate.risk', 'defaultMatch: {value: 0.5, share: at most 1%}', { metric: 'default-match', options: { value: 0.5 }, tolerance: 0.01 }],
  ['candidate.eta', 'defaultMatch: {value: 0, share: practically none}', { options: { value: 0 }, relation: 'invariant', tolerance: 0.001 }],
  ['candidate.class', 'defaultMatch: {value: 2, share: at most 1%}', { options: { value: 2 } }],
  ['candidate.tag', 'defaultMatch: {value: unknown, share: at most 1%}', { options: { value: 'unknown' } }],
  ['candidate.risk', 'collapse: at most 1%', { metric: 'collapse', options: {} }],
  ['candidate.class', 'collapse: no more than control + 1%', { against: 'control' }],
  ['candidate', 'extraDependencyCalls: at most 1%', { metric: 'extra-dependency-calls', options: { times: 2 }, decision: null }],
  ['slow', 'extraDependencyCalls: {times: 3, share: practically none}', { options: { times: 3 }, relation: 'invariant' }],
  ['candidate', 'missingRows: at most 1%', { metric: 'missing-rows', decision: null }],
  ['candidate.eta', 'meanDifference: at most 2%', { metric: 'mean-difference', against: 'limit', tolerance: 0.02 }],
  ['candidate.tag', 'meanDifference: no more than control + 1%', { metric: 'mean-difference', against: 'control' }],
  ['candidate.eta', 'bias: at most 2%', { metric: 'bias', tolerance: 0.02 }],
  ['candidate.risk', 'bias: practically none', { metric: 'bias', relation: 'invariant' }],
  ['candidate.risk', 'pairedKs: at most 2%', { metric: 'paired-ks', tolerance: 0.02 }],
  ['candidate.eta', 'pairedKs: no more than control + 2%', { metric: 'paired-ks', against: 'control' }],
  ['slow.risk', 'pairedKs: at least 5%', { metric: 'paired-ks', relation: 'sensitive' }],
  ['slow.risk per carrier', 'pairedKs: at most 2%', { metric: 'paired-ks', segmentation: 'carrier' }],
  ['candidate.risk', 'psi: at most 0.2', { metric: 'psi', relation: 'bounded', against: 'limit', tolerance: 0.2 }],
];

// biome-ignore format: one case a line reads as the table it is
const refused: readonly (readonly [line: string, words: string])[] = [
  ['slow.risk: {lowConfidence: ‸at most 10%}', 'lowConfidence requires bar, such as {bar: 0.6, share: at most 10%}, got "at most 10%"'],
  ['slow.risk: {‸lowConfidence: {share: at most 10%}}', 'lowConfidence requires bar: a confidence above 0 and below 1'],
  ['slow.risk: {‸lowConfidence: {bar: 0.6}}', 'lowConfidence requires share: the limit, such as "at most 10%"'],
  ['slow.risk: {lowConfidence: {bar: ‸0, share: at most 10%}}', 'bar requires'],
  ['slow.risk: {lowConfidence: {bar: ‸1, share: at most 10%}}', 'bar requires a confidence above 0 and below 1, got 1'],
  ['slow.risk: {lowConfidence: {bar: ‸.nan, share: at most 10%}}', 'bar requires a number, got NaN'],
  ['slow.risk: {lowConfidence: {bar: ‸-.inf, share: at most 10%}}', 'bar requires a number, got -Infinity'],
  ['slow.risk: {lowConfidence: {bar: ‸60%, share: at most 10%}}', 'bar requires a number, got "60%"'],
  ['slow.risk: {lowConfidence: {bar: 0.6, share: ‸at most 10}}', 'share requires "at most 5%"'],
  ['slow.risk: {lowConfidence: {bar: 0.6, share: ‸at most 0%}}', 'no number of requests proves that something never happens'],
  ['slow.risk: {lowConfidence: {bar: 0.6, share: ‸at most 100%}}', 'nothing would be tested'],
  ['slow.risk: {lowConfidence: {bar: 0.6, ‸limit: at most 10%, share: at most 1%}}', 'unknown key "limit"'],
  ['slow.eta: {‸lowConfidence: {bar: 0.6, share: at most 10%}}', 'lowConfidence does not apply to eta, which is of kind regression'],
  ['slow: {‸lowConfidence: {bar: 0.6, share: at most 10%}}', 'lowConfidence is about one decision: write it under slow.late'],
  ['slow.risk: {confidenceFall: {by: ‸1.5, share: at most 10%}}', 'by requires a fall of the confidence above 0 and below 1, got 1.5'],
  ['slow.risk: {defaultMatch: {value: ‸late, share: at most 1%}}', 'value requires a score, as a number for risk, which is of kind binary'],
  ['slow.class: {defaultMatch: {value: ‸cat, share: at most 1%}}', 'value requires a class index from 0 up for class'],
  ['slow.risk: {defaultMatch: {value: ‸.inf, share: at most 1%}}', 'value requires the answer to nothing known'],
  ['slow.risk: {defaultMatch: {value: ‸[1], share: at most 1%}}', 'value requires the answer to nothing known'],
  ['slow.risk: {flip: ‸{share: at most 5%}}', 'flip requires a limit alone, such as flip: at most 5%: it has no options'],
  ['slow.risk: {collapse: ‸{}}', 'collapse requires a limit alone'],
  ['slow.risk: {‸missingRows: at most 1%}', 'missingRows is about the whole answer: write it under slow'],
  ['slow.eta: {bias: ‸at least 2%}', 'bias is judged in both directions against a fixed limit: say "at most 2%"'],
  ['slow.eta: {bias: ‸no more than control + 2%}', 'bias is judged in both directions against a fixed limit'],
  ['slow.class: {‸bias: at most 2%}', 'bias does not apply to class, which is of kind classes'],
  ['slow.tag: {‸pairedKs: at most 2%}', 'pairedKs does not apply to tag'],
  ['slow.raw: {pairedKs: ‸at most 2%}', 'pairedKs tells scores apart between 0 and 1, and the label of raw is above 0: its score is no probability'],
  ['slow.raw: {psi: ‸at most 0.2}', 'psi tells scores apart between 0 and 1'],
  ['slow.risk: {pairedKs: ‸at most 0.02}', 'pairedKs requires "at most 5%"'],
  ['slow.risk: {psi: ‸at most 20%}', 'psi requires "at most 0.2": a plain number above 0 and below 1, not a share, got "at most 20%"'],
  ['slow.risk: {psi: ‸0.2}', 'psi requires "at most 0.2"'],
  ['slow.risk: {psi: ‸at most 0}', 'psi cannot be 0: no number of requests proves that two distributions are the same'],
  ['slow.risk: {psi: ‸at most 1}', 'psi cannot be 1: a limit is below 1, and from 0.25 on a shift is called large'],
  ['slow.risk: {psi: ‸at most 1e999}', 'psi requires "at most 0.2"'],
  ['slow.risk: {psi: ‸at least 0.2}', 'psi is judged against a fixed limit: say "at most 0.2"'],
  ['slow.risk: {psi: ‸practically none}', 'psi is judged against a fixed limit'],
  ['slow.risk: {psi: ‸no more than control + 0.1}', 'psi is judged against a fixed limit'],
  ['slow.risk per carrier: {psi: ‸at most 0.2}', 'psi has no e-values, by which segments are judged together: use pairedKs, or write it without "per"'],
  ['slow: {extraDependencyCalls: ‸no more than control + 1%}', 'extraDependencyCalls is measured against the control already: say {times: 2, share: at most 1%}'],
  ['slow: {extraDependencyCalls: {times: ‸0.5, share: at most 1%}}', 'times requires'],
  ['control: {extraDependencyCalls: ‸at most 1%}', 'extraDependencyCalls compares with the control: write it under another arm'],
  ['slow: {‸recovered: at least 99%}', 'recovered is about one decision: write it under slow.late'],
  ['slow.risk: {‸different: no more than control + 1%}', 'metric "different" has no limit to write'],
  ['control.risk: {meanDifference: ‸no more than control + 1%}', 'control cannot be compared with itself'],
];

describe('metrics as a config writes them', () => {
  it.each(legal)('%s: {%s}', (subject, claim, expected) => {
    expect(claimOf(subject, claim)).toMatchObject(expected);
  });

  it('several with options stand side by side', () => {
    const claims = claimsOf(
      'candidate.risk',
      'flip: at most 5%, confidenceFall: {share: at most 1%}, psi: at most 0.1',
    );
    expect(claims.map(({ id }) => id)).toEqual([
      'candidate.late.flip',
      'candidate.risk.flip',
      'candidate.risk.confidence-fall',
      'candidate.risk.psi',
      'slow.late.silent-wrong.loud',
    ]);
  });

  it('every metric that is known can be written under some decision or arm', () => {
    const keys = legal.map(([, claim]) => claim.split(':')[0] as string);
    const older = [
      'flip',
      'material',
      'silentWrong',
      'error',
      'timeout',
      'invalid',
      'unavailable',
      'available',
      'recovered',
      'sloBreach',
      'latency',
      'worse',
    ];
    expect(new Set([...keys, ...older])).toEqual(new Set(knownMetrics.map(({ key }) => key)));
  });
});

describe('metrics that are refused', () => {
  it.each(refused)('%s', (line, words) => {
    const { text } = withLine('slow.late:', `      ${line}`);
    const withDecisions = text.replace('\n  eta:', decisions).replace('\nexperiments:', segments);
    const added = decisions.split('\n').length - 2 + segments.split('\n').length - 2;
    const { at } = withLine('slow.late:', `      ${line}`);
    const [row, column] = at.split(':').map(Number) as [number, number];
    const found = problemsOf(withDecisions);
    expect(found.map((problem) => problem.at)).toEqual([`${row + added}:${column}`]);
    expect(found[0]?.message).toContain(words);
  });
});

describe('what a hypothesis means, in words', () => {
  it.each([
    [
      'candidate.risk',
      'lowConfidence: {bar: 0.6, share: at most 10%}',
      'low-confidence rate (bar 0.6) at most 10%: the arm’s confidence in its answer (the winning class’s score) is below the bar; n: comparable pairs that the arm answered ok and where a confidence is known (one that is missing on the arm alone is low); VIOLATED disproves “the rate is at most 10%”, HOLDS disproves “the rate is at least 10%”',
    ],
    [
      'candidate.risk',
      'flip: no more than control + 2%',
      'flip rate no more than control + 2%: the label differs from production’s; n: comparable pairs that the arm answered ok, where the same holds of the control; VIOLATED disproves “the rate is at most the control’s + 2%”, HOLDS disproves “the rate is at least the control’s + 2%”',
    ],
    [
      'slow.risk',
      'material: at least 5%',
      'material difference rate at least 5%: the score, the value or (where there is nothing else) the label differs materially from production’s; n: comparable pairs that the arm answered ok; VIOLATED disproves “the rate is at least 5%”, HOLDS disproves “the rate is at most 5%”',
    ],
    [
      'candidate.risk',
      'bias: practically none',
      'bias practically none (at most 0.1%): the average of the arm’s number minus production’s, with its sign, as a share of the score or of the declared scale; a difference beyond ±100 % counts as that; n: comparable pairs that the arm answered ok; VIOLATED disproves “the bias, up or down, is at most 0.1%”, HOLDS disproves “the bias, up or down, is at least 0.1%”',
    ],
  ])('%s: {%s}', (subject, claim, meaning) => {
    expect(meaningOf(claimOf(subject, claim))).toBe(meaning);
  });

  it.each([
    ['candidate.eta', 'pairedKs: no more than control + 2%', /disproves “the distance from the control is at most 2%”/],
    ['candidate.risk', 'psi: at most 0.2', /^PSI at most 0\.2: .*disproves “the PSI is at most 0\.2”/],
    ['candidate.eta', 'meanDifference: no more than control + 1%', /“the mean is at most the control’s \+ 1%”/],
    ['candidate.eta', 'pairedKs: no more than control + 2%', /\+ 2%, measured from the control’s answers instead of/],
    ['candidate', 'timeout: at most 1%', /; n: comparable pairs; VIOLATED/],
    ['candidate.risk', 'worse: at most 1%', /; n: comparable pairs with a known truth that the arm answered ok; /],
    [
      'candidate',
      'sloBreach: at most 1%',
      /; n: comparable pairs that the arm answered ok or did not answer in time; /,
    ],
    ['candidate.eta', 'defaultMatch: {value: 0, share: at most 1%}', /^default-match rate \(value 0\) at most 1%: /],
  ])('%s: {%s} says %s', (subject, claim, words) => {
    const meaning = meaningOf(claimOf(subject, claim));
    expect(meaning).toMatch(words);
    expect(meaning).not.toMatch(/e-value|undefined|NaN/);
  });

  it('what penumbra adds by itself says so, and DIFFERENT has no limit', () => {
    const { config } = checkConfigText(sound, { env: {}, directory: '/' });
    const added = config?.experiments[0]?.hypotheses.filter(({ automatic }) => automatic) ?? [];
    const said = (metric: string): string => {
      const found = added.find((one) => one.metric === metric) as Hypothesis;
      return `${meaningOf(found)} · ${standingOf(found)}`;
    };
    expect(said('error')).toMatch(
      /^error rate no more than control \+ 0\.5%: .* · required · added by penumbra because of the gate/,
    );
    expect(said('worse')).toMatch(
      /disproves “the net share is at most 0\.5%”.* · advisory · added by penumbra · alpha/,
    );
    expect(said('different')).toMatch(
      /^difference from the control, without a limit: .*; DIFFERENT disproves “.*at most half of the time” · .*"unlike the control"$/,
    );
  });
});
