// A redacted sample of a divergent pair: predictions and, if allowed, the declared features. Never a body, never a header.
import { movedMaterially } from '../core/compare/moved-materially.ts';
import type { Sample } from '../io/store-port.ts';
import type { Arm, Decision, Exchange, InputFeature, ModelRequest, Outcome, TensorValue } from '../model.ts';
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
    production: exchange.predictions,
    answer: outcome.predictions ?? { status: outcome.status, reason: outcome.reason },
  };
}

function divergenceOf(decisions: readonly Decision[], exchange: Exchange, outcome: Outcome): string | null {
  if (outcome.predictions === null) return `${outcome.status}${outcome.reason === null ? '' : ` (${outcome.reason})`}`;
  for (const decision of decisions) {
    const production = exchange.predictions[decision.name];
    const shadow = outcome.predictions[decision.name];
    if (production === undefined || shadow === undefined) continue;
    if (decision.kind !== 'regression' && shadow.label !== production.label) {
      return `${decision.name}: ${production.label} became ${shadow.label}`;
    }
    if (movedMaterially(decision, { production, shadow })) return `${decision.name} moved materially`;
  }
  return null;
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
