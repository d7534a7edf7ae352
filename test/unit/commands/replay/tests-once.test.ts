// The classical tests on a small recording, against scipy 1.17.1: ks_2samp(method='exact'), mannwhitneyu(method='asymptotic'),
// chi2_contingency(correction=False) and binomtest on the discordant pairs.
import { describe, expect, it } from 'vitest';
import { createPairCollector } from '../../../../src/commands/replay/collect-pairs.ts';
import { sizesOfPairs } from '../../../../src/commands/replay/sizes-of-pairs.ts';
import { testsOnce } from '../../../../src/commands/replay/tests-once.ts';
import { predict } from '../../../../src/core/decide/index.ts';
import type { Arm, Decision, Outcome, Pair, TensorValue } from '../../../../src/model.ts';

const binary: Decision = {
  name: 'late',
  output: 'p',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};
const arm: Arm = { name: 'candidate', role: 'candidate', target: null, perturbations: [], faults: [], deadlineMs: 1 };

type Value = TensorValue | readonly TensorValue[] | null;

function outcomeOf(decision: Decision, value: Value): Outcome {
  const failed = { reason: null, latencyMs: 1, answer: null, predictions: null, faultActed: null };
  if (value === null) return { ...failed, status: 'error' };
  const data = Array.isArray(value) ? (value as TensorValue[]) : [value as TensorValue];
  const outputs = [{ name: 'p', datatype: 'FP64' as const, shape: [1, data.length], data }];
  const read = predict(decision, { modelName: null, modelVersion: null, degraded: false, outputs });
  if ('problem' in read) throw new Error(read.problem);
  return { ...failed, status: 'ok', predictions: { [decision.name]: read } };
}

function pairsOf(decision: Decision, rows: readonly (readonly [production: Value, arm: Value, control?: Value])[]) {
  const collector = createPairCollector([decision]);
  for (const [index, [production, shadow, control]] of rows.entries()) {
    const pair: Pair = {
      exchangeId: String(index),
      production: { latencyMs: 1, predictions: outcomeOf(decision, production).predictions ?? {} },
      arm: outcomeOf(decision, shadow),
      control: control === undefined ? null : outcomeOf(decision, control),
      sloLatencyMs: 100,
    };
    collector.onPair(arm, pair);
  }
  const [found] = collector.of('candidate');
  if (found === undefined) throw new Error('no decision');
  return found;
}

const production = [
  0.12, 0.2, 0.31, 0.38, 0.42, 0.47, 0.55, 0.58, 0.61, 0.66, 0.72, 0.79, 0.83, 0.88, 0.91, 0.95, 0.05, 0.09, 0.36, 0.52,
];
const shadow = [
  0.1, 0.24, 0.52, 0.35, 0.58, 0.44, 0.57, 0.49, 0.7, 0.81, 0.75, 0.93, 0.85, 0.96, 0.97, 0.99, 0.04, 0.15, 0.51, 0.64,
];
/** The control flips where production said 0.42, as the candidate does: that pair is not discordant. */
const control = production.map((score) => (score === 0.42 ? 0.51 : score));
const rows = production.map((score, index) => [score, shadow[index] as number, control[index] as number] as const);
const setting = { isControl: false, hasControl: true };

describe('the classical tests, once', () => {
  it('give statistic, p-value and n of scipy', () => {
    const [ks, ranks, labels, flips] = testsOnce(pairsOf(binary, rows), setting);
    expect(ks).toMatchObject({ statistic: expect.closeTo(0.15, 12), n: [20, 20], validity: 'fixed-sample' });
    expect(ks).toMatchObject({ pValue: expect.closeTo(0.9831368772656193, 9) });
    expect(ranks).toMatchObject({ statistic: 174, pValue: expect.closeTo(0.49029356154040216, 9) });
    expect(labels).toMatchObject({
      statistic: expect.closeTo(0.41666666666666663, 12),
      pValue: expect.closeTo(0.5186050164287255, 9),
    });
    expect(flips).toMatchObject({
      statistic: 3,
      pValue: 0.25,
      n: [3, 0],
      tested: expect.stringMatching(/^of 20 requests those that only the arm \(3\) or only the control \(0\) answered/),
    });
  });

  it('leave out what the arm did not answer', () => {
    const [ks, , labels, flips] = testsOnce(pairsOf(binary, [...rows, [0.9, null, 0.9], [0.9, 0.9, null]]), setting);
    expect(ks).toMatchObject({ n: [21, 21] });
    expect(labels).toMatchObject({ n: [21, 21] });
    expect(flips).toMatchObject({ tested: expect.stringMatching(/^of 20 requests/) });
  });

  it('say why not: no control, the control itself, nothing compared', () => {
    expect(testsOnce(pairsOf(binary, rows), { isControl: false, hasControl: false })[3]).toMatchObject({
      notComputed: 'no control arm',
    });
    expect(testsOnce(pairsOf(binary, rows), { isControl: true, hasControl: true })[3]).toMatchObject({
      notComputed: 'this is the control arm',
    });
    const none = testsOnce(pairsOf(binary, []), setting);
    expect(none.slice(0, 3).map((one) => 'notComputed' in one && one.notComputed)).toEqual(
      new Array(3).fill('nothing was compared'),
    );
  });

  it('leave batches out: their rows are not independent', () => {
    const collector = createPairCollector([binary]);
    const row: Pair = {
      exchangeId: 'batch',
      production: { latencyMs: 1, predictions: outcomeOf(binary, 0.4).predictions ?? {} },
      arm: outcomeOf(binary, 0.6),
      control: null,
      sloLatencyMs: 100,
    };
    collector.onPair(arm, { ...row, rows: [row, row] });
    const [pairs] = collector.of('candidate');
    expect(pairs).toMatchObject({ n: 0, batches: 1 });
    for (const one of pairs === undefined ? [] : testsOnce(pairs, setting).slice(0, 3)) {
      expect(one).toMatchObject({ notComputed: 'rows of one batch are not independent' });
    }
  });

  it('a label has labels only, and rare ones are pointed out', () => {
    const label: Decision = { ...binary, kind: 'label', threshold: null };
    const pairs = pairsOf(label, [
      ...Array.from({ length: 20 }, () => ['a', 'a', 'a'] as const),
      ['a', 'b', 'a'],
      ['c', 'a', 'c'],
    ]);
    const [ks, ranks, labels, flips] = testsOnce(pairs, setting);
    expect([ks, ranks]).toMatchObject([
      { notComputed: 'a label has no score' },
      { notComputed: 'a label has no score' },
    ]);
    expect(labels).toMatchObject({ n: [22, 22], note: '2 of 3 labels are expected fewer than 5 times' });
    expect(flips).toMatchObject({ n: [2, 0], pValue: 0.5 });
    expect(sizesOfPairs(pairs, 0.01)).toEqual({ notComputed: 'a label has no score' });
  });

  it('a regression is compared by values, and materially instead of by labels', () => {
    const eta: Decision = { ...binary, kind: 'regression', threshold: null, scale: [0, 100] };
    const pairs = pairsOf(eta, [
      [10, 11, 10],
      [20, 40, 20],
      [30, 30, 60],
      [40, 140, 40],
    ]);
    const [ks, , labels, flips] = testsOnce(pairs, setting);
    expect(ks).toMatchObject({ tested: 'values of production and of the arm, pairing ignored', n: [4, 4] });
    expect(labels).toMatchObject({ notComputed: 'a regression has no labels' });
    expect(flips).toMatchObject({ n: [2, 1], tested: expect.stringContaining('materially unlike production') });
    expect(sizesOfPairs(pairs, 0.01)).toMatchObject({ of: 'values', outOfRange: 1, sizes: { length: 5 } });
  });

  it('classes are compared by how sure the winner is, where scores are probabilities', () => {
    const classes: Decision = { ...binary, kind: 'classes', threshold: null };
    const sure = pairsOf(classes, [
      [
        [0.2, 0.8],
        [0.6, 0.4],
        [0.2, 0.8],
      ],
    ]);
    expect(testsOnce(sure, setting)[0]).toMatchObject({
      tested: expect.stringMatching(/^scores of the winning class/),
    });
    expect(sure.scores).toEqual({ production: [0.8], arm: [0.6] });
    const logits = pairsOf(classes, [
      [
        [3, 8],
        [6, 4],
        [3, 8],
      ],
    ]);
    expect(testsOnce(logits, setting)[0]).toMatchObject({ notComputed: 'the class scores are no probabilities' });
  });
});
