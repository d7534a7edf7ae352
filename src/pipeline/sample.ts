// A redacted sample of a divergent pair: predictions and, if allowed, the declared features. Never a body, never a header.
import { canFlip } from '../core/compare/labelled.ts';
import { movedMaterially } from '../core/compare/moved-materially.ts';
import type { Sample } from '../io/store-port.ts';
import type {
  Arm,
  Decision,
  Exchange,
  InputFeature,
  ModelRequest,
  Outcome,
  Prediction,
  Predictions,
  TensorValue,
} from '../model.ts';
import type { RunContext } from './run-context.ts';

export interface SampleOptions {
  readonly inputs: readonly InputFeature[];
  readonly decisions: readonly Decision[];
  readonly features: 'declared' | 'none';
}

interface Seen {
  readonly context: RunContext;
  readonly arm: Arm;
  readonly exchange: Exchange;
  readonly outcome: Outcome;
}

/** Null when the arm agreed with production. */
export function sampleOf(options: SampleOptions, { context, arm, exchange, outcome }: Seen): Sample | null {
  const what = divergenceOf(options.decisions, exchange, outcome);
  if (what === null) return null;
  return {
    runId: context.run.id,
    arm: arm.name,
    exchangeId: exchange.id,
    at: exchange.arrivedAt,
    what,
    features: options.features === 'none' ? {} : featuresOf(exchange.request, options.inputs),
    production: shownOf(exchange.predictions),
    answer: outcome.predictions ? shownOf(outcome.predictions) : { status: outcome.status, reason: outcome.reason },
  };
}

function divergenceOf(decisions: readonly Decision[], exchange: Exchange, outcome: Outcome): string | null {
  if (outcome.predictions === null) return `${outcome.status}${outcome.reason === null ? '' : ` (${outcome.reason})`}`;
  for (const decision of decisions) {
    const production = exchange.predictions[decision.name];
    const shadow = outcome.predictions[decision.name];
    if (production === undefined || shadow === undefined) continue;
    if (canFlip(decision.kind) && shadow.label !== production.label) {
      return `${decision.name}: ${production.label || 'nothing'} became ${shadow.label || 'nothing'}`;
    }
    if (movedMaterially(decision, { production, shadow })) return `${decision.name} moved materially`;
  }
  return null;
}

/** Most numbers, items or characters of one prediction that a sample keeps: it is looked at, not computed with. */
const mostNumbers = 100;
const mostCharacters = 2000;

/** An embedding of thousands of numbers or a text of a megabyte is kept by its beginning, with its length beside it. */
function shownOf(predictions: Predictions): Readonly<Record<string, unknown>> {
  const shown = ([name, prediction]: [string, Prediction]) => [name, shortened(prediction)] as const;
  return Object.fromEntries(Object.entries(predictions).map(shown));
}

function shortened(prediction: Prediction): object {
  const { scores, vector, items, text } = prediction;
  const lists = Object.entries({ scores, vector, items }).filter(([, list]) => (list?.length ?? 0) > mostNumbers);
  const short: Record<string, unknown> = { ...prediction };
  for (const [name, list] of lists) Object.assign(short, { [name]: list?.slice(0, mostNumbers), length: list?.length });
  if (text !== undefined && text.length > mostCharacters) {
    Object.assign(short, { text: `${text.slice(0, mostCharacters)}…`, length: text.length });
  }
  return short;
}

/** The declared features by name, as the request carried them. */
export function featuresOf(
  request: ModelRequest,
  inputs: readonly InputFeature[],
): Readonly<Record<string, TensorValue | readonly TensorValue[]>> {
  const features: Record<string, TensorValue | readonly TensorValue[]> = {};
  for (const input of inputs) {
    const tensor = request.inputs.find((one) => one.name === input.tensor);
    if (tensor === undefined) continue;
    const value = input.index === null ? tensor.data : tensor.data[input.index];
    if (value !== undefined) features[input.name] = typeof value === 'bigint' ? value.toString() : value;
  }
  return features;
}
