// Pairs for the core's tests: production and an arm on one request, each part replaceable.
import type { Decision, ModelAnswer, Outcome, Pair, Prediction } from '../../../src/model.ts';

export const late: Decision = {
  name: 'late',
  output: 'probabilities',
  column: 1,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};

export function binary(score: number): Prediction {
  return { kind: 'binary', label: String(score > 0.5), scores: [score], value: null, confidence: null };
}

const answer: ModelAnswer = { modelName: null, modelVersion: null, degraded: false, outputs: [] };

export function ok(prediction: Prediction, changed: Partial<Outcome> & { degraded?: boolean } = {}): Outcome {
  const { degraded = false, ...rest } = changed;
  return {
    status: 'ok',
    reason: null,
    latencyMs: 20,
    answer: { ...answer, degraded },
    predictions: { [late.name]: prediction },
    faultActed: null,
    ...rest,
  };
}

export function failing(status: Outcome['status'], changed: Partial<Outcome> = {}): Outcome {
  return { status, reason: 'x', latencyMs: 20, answer: null, predictions: null, faultActed: null, ...changed };
}

export function pairOf(production: Prediction, arm: Outcome, control: Outcome | null = null): Pair {
  return {
    exchangeId: 'x',
    production: { latencyMs: 10, predictions: { [late.name]: production } },
    arm,
    control,
    sloLatencyMs: 200,
  };
}
