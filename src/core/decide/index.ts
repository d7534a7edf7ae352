// Reads decisions out of a model's answer, one file per output kind.
import type { Decision, ModelAnswer, Prediction, PredictionKind, Predictions, Tensor } from '../../model.ts';
import { decideBinary } from './binary.ts';
import { decideClasses } from './classes.ts';
import { type Decided, type DecisionProblem, isPrediction } from './decide.ts';
import { decideLabel } from './label.ts';
import { decideRanking } from './ranking.ts';
import { decideRegression } from './regression.ts';
import { decideText } from './text.ts';
import { decideVector } from './vector.ts';

export type { DecisionProblem } from './decide.ts';
export { parseOutput } from './output-path.ts';

const readers: Readonly<Record<PredictionKind, (decision: Decision, tensor: Tensor) => Decided>> = {
  binary: decideBinary,
  classes: decideClasses,
  label: decideLabel,
  regression: decideRegression,
  vector: decideVector,
  ranking: decideRanking,
  text: decideText,
};

export const predictionKinds = Object.keys(readers) as readonly PredictionKind[];

/** Reads one decision. Total: whatever the answer holds, the result is a prediction or a reason. O(size of the tensor). */
export function predict(decision: Decision, answer: ModelAnswer): Prediction | { problem: DecisionProblem } {
  const tensor = answer.outputs.find((output) => output.name === decision.output);
  if (tensor === undefined) return { problem: 'output_missing' };
  const decided = readers[decision.kind](decision, tensor);
  return isPrediction(decided) ? decided : { problem: decided };
}

/** Reads all decisions, or names the first that cannot be read: an answer is comparable as a whole or not at all. */
export function predictAll(
  decisions: readonly Decision[],
  answer: ModelAnswer,
): { predictions: Predictions } | { problem: DecisionProblem; decision: string } {
  const predictions: Record<string, Prediction> = {};
  for (const decision of decisions) {
    const read = predict(decision, answer);
    if ('problem' in read) return { problem: read.problem, decision: decision.name };
    predictions[decision.name] = read;
  }
  return { predictions };
}
