// Laws of every metric: total on odd pairs, self-comparison is nothing, what it observes fits its statistic.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import { exampleOptions } from '../../src/config/metrics.ts';
import { countedWords, type Metric, type MetricContext, metricNamed, metrics } from '../../src/core/compare/index.ts';
import { predictionKinds } from '../../src/core/decide/index.ts';
import type { Kind } from '../../src/core/kind.ts';
import { statisticNamed } from '../../src/core/stats/index.ts';
import { type Observation, zeroCounts } from '../../src/core/stats/statistic.ts';
import type { Decision, ModelAnswer, Outcome, OutcomeStatus, Pair, Prediction } from '../../src/model.ts';

const kinds: readonly Kind<TObject, Metric>[] = metrics;
const statuses: OutcomeStatus[] = ['ok', 'error', 'timeout', 'invalid', 'unavailable'];

/** Laws that a metric does not keep, with the reason. */
const skip: readonly { metric: string; law: string; reason: string }[] = [
  {
    metric: 'available',
    law: 'self',
    reason: 'it counts the good case: an arm like production is available, which is 1',
  },
];
/** What nothing looks like: a share of 0, or two measured amounts that are one. */
function isNothing(observation: Observation | null): boolean {
  if (observation === null || typeof observation === 'number') return !observation;
  return 'control' in observation ? observation.arm === observation.control : observation[0] === observation[1];
}
const keeps = (metric: string, law: string): boolean => !skip.some((one) => one.metric === metric && one.law === law);

const anyNumber = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY));
const predictions = fc.record(
  {
    kind: fc.constantFrom(...predictionKinds),
    label: fc.constantFrom('true', 'false', '0', '1', ''),
    scores: fc.array(anyNumber, { maxLength: 3 }),
    value: fc.option(anyNumber),
    confidence: fc.constant(null),
    vector: fc.array(anyNumber, { maxLength: 3 }),
    items: fc.uniqueArray(fc.constantFrom('0', '1', 'a', 'b'), { maxLength: 3 }),
    text: fc.constantFrom('', 'one', 'one two', 'two one'),
  },
  { requiredKeys: ['kind', 'label', 'scores', 'value', 'confidence'] },
) as fc.Arbitrary<Prediction>;
const answers: fc.Arbitrary<ModelAnswer> = fc.record({
  modelName: fc.constant(null),
  modelVersion: fc.constant(null),
  degraded: fc.boolean(),
  outputs: fc.constant([]),
});
const outcomes: fc.Arbitrary<Outcome> = fc.record({
  status: fc.constantFrom(...statuses),
  reason: fc.constant(null),
  latencyMs: fc.oneof(fc.double({ min: 0, max: 400, noNaN: true }), fc.constant(Number.NaN)),
  answer: fc.option(answers),
  predictions: fc.option(fc.dictionary(fc.constantFrom('d', 'other'), predictions)),
  faultActed: fc.constantFrom(true, false, null),
});
const pairs: fc.Arbitrary<Pair> = fc.record({
  exchangeId: fc.string(),
  production: fc.record({
    latencyMs: fc.double({ min: 0, noNaN: true }),
    predictions: fc.dictionary(fc.constantFrom('d', 'other'), predictions),
  }),
  arm: outcomes,
  control: fc.option(outcomes),
  sloLatencyMs: fc.constant(200),
});
const decisions: fc.Arbitrary<Decision> = fc.record({
  name: fc.constant('d'),
  output: fc.constant('out'),
  column: fc.constant(null),
  kind: fc.constantFrom(...predictionKinds),
  threshold: fc.constant(0.5),
  scale: fc.constantFrom<readonly [number, number] | null>([0, 10], null),
  top: fc.constant(2),
  material: fc.constantFrom(0.05, null),
});
const contexts: fc.Arbitrary<MetricContext> = fc.record({
  decision: fc.option(decisions),
  against: fc.constantFrom('limit', 'control'),
  truth: fc.constantFrom('true', 'false', '1', null),
});

describe.each(kinds.map((kind) => ({ name: kind.name, kind })))('metric $name', ({ name, kind }) => {
  const metric = kind.create(exampleOptions(kind.options));

  it('carries its own name, words for its mean and a sentence', () => {
    expect(metric.name).toBe(name);
    expect(metricNamed(name, exampleOptions(kind.options))?.name).toBe(name);
    expect(metricNamed(name, { unheardOf: 1 })).toBeUndefined();
    expect(metric.words).toMatch(/^[A-Za-z-]+( [A-Za-z-]+)*$/);
    expect(countedWords(metric)).toMatch(/^comparable pairs/);
    expect(kind.summary).toMatch(/\.$/);
    expect(predictionKinds.some((ofKind) => metric.applies(ofKind))).toBe(true);
  });

  it('never throws, and observes only what its statistic knows', () => {
    fc.assert(
      fc.property(pairs, contexts, (pair, context) => {
        const observation = metric.observe(pair, context);
        if (observation === null) return;
        const statistic = statisticNamed(metric.statistic(context.against));
        const counts = zeroCounts(statistic.size);
        statistic.add(counts, observation);
        expect(counts[0]).toBe(1);
      }),
      { numRuns: 500 },
    );
  });

  it('does not look at anything but the pair and its context', () => {
    fc.assert(
      fc.property(pairs, contexts, (pair, context) => {
        expect(metric.observe(structuredClone(pair), context)).toEqual(metric.observe(pair, context));
      }),
    );
  });

  it('finds nothing between an arm and a control that did the same', () => {
    fc.assert(
      fc.property(pairs, contexts, (pair, context) => {
        const observation = metric.observe({ ...pair, control: pair.arm }, { ...context, against: 'control' });
        expect(isNothing(observation)).toBe(true);
      }),
    );
  });

  it('counts no comparison without a control', () => {
    fc.assert(
      fc.property(pairs, contexts, (pair, context) => {
        expect(metric.observe({ ...pair, control: null }, { ...context, against: 'control' })).toBeNull();
      }),
    );
  });

  it.skipIf(!keeps(name, 'self'))('finds nothing in an arm that answered as production did, in time', () => {
    const finite = predictions.filter(({ scores, value }) => [...scores, value ?? 0].every(Number.isFinite));
    fc.assert(
      fc.property(finite, decisions, (prediction, decision) => {
        const answer: ModelAnswer = { modelName: null, modelVersion: null, degraded: false, outputs: [] };
        const given = { d: prediction };
        const arm: Outcome = { status: 'ok', reason: null, latencyMs: 5, answer, predictions: given, faultActed: null };
        const pair: Pair = {
          exchangeId: 'x',
          production: { latencyMs: 5, predictions: given },
          arm,
          control: null,
          sloLatencyMs: 200,
        };
        const observation = metric.observe(pair, { decision, against: 'limit', truth: 'true' });
        expect(isNothing(observation)).toBe(true);
      }),
    );
  });
});
