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
    ...treatment(options, { arm, exchange, outcome }),
  };
}

/** What was done to the request on purpose, and, if features are kept, which of them the arm was sent otherwise. */
function treatment(
  { inputs, features }: SampleOptions,
  { arm, exchange, outcome: { applied = [], sent, sinceStrikeMs } }: Omit<Seen, 'context'>,
): Pick<Sample, 'applied' | 'sent'> {
  const struck = sinceStrikeMs == null ? [] : [struckText(arm, sinceStrikeMs)];
  const all = [...applied, ...struck];
  const changed = sent === undefined || features === 'none' ? {} : changedFeatures(exchange.request, { sent, inputs });
  return {
    ...(all.length === 0 ? {} : { applied: all }),
    ...(Object.keys(changed).length === 0 ? {} : { sent: changed }),
  };
}

function struckText({ faults }: Arm, sinceMs: number): string {
  const kinds = faults.filter(({ options }) => options.settleMs !== undefined).map(({ type }) => type);
  return `${kinds.join(' or ') || 'struck'}, ${sinceMs === 0 ? 'while it was under way' : `${(sinceMs / 1000).toFixed(1)} s before`}`;
}

function changedFeatures(
  received: ModelRequest,
  { sent, inputs }: { sent: ModelRequest; inputs: readonly InputFeature[] },
): Readonly<Record<string, unknown>> {
  const [before, after] = [featuresOf(received, inputs), featuresOf(sent, inputs)];
  const changed: Record<string, unknown> = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (!isSameValue(before[name], after[name])) Object.assign(changed, { [name]: after[name] ?? null });
  }
  return changed;
}

type Value = TensorValue | readonly TensorValue[] | undefined;

function isSameValue(one: Value, other: Value): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return Object.is(one, other);
  return one.length === other.length && one.every((value, index) => Object.is(value, other[index]));
}

/** What the arm did otherwise, in words; null when it agreed. */
export function divergenceOf(decisions: readonly Decision[], exchange: Exchange, outcome: Outcome): string | null {
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
