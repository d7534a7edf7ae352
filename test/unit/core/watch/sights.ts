// Sights for tests of watches: one row of production, with everything readable unless said otherwise.
import type { About, Sight } from '../../../../src/core/watch/index.ts';
import type { Decision, InputFeature, Prediction } from '../../../../src/model.ts';

export function featureOf(name: string, more: Partial<InputFeature> = {}): InputFeature {
  return { name, tensor: name, index: null, type: 'number', range: null, default: null, zeroIsLegal: true, ...more };
}

export const late: Decision = {
  name: 'late',
  output: 'p',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};

export function scoreOf(score: number): Prediction {
  const label = String(score > 0.5);
  return { kind: 'binary', label, scores: [score], value: null, confidence: Math.max(score, 1 - score) };
}

let asked = 0;

export function sightOf(more: Partial<Sight> = {}): Sight {
  asked += 1;
  const question = String(asked);
  return {
    features: [1, 2],
    prediction: scoreOf(0.9),
    rows: { asked: 1, answered: 1 },
    question: () => question,
    ...more,
  };
}

export const about: About = { features: [featureOf('a'), featureOf('b')], decision: late, tolerance: 0.05 };
