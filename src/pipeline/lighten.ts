// Once every arm has answered, an entry waits seconds for its bucket to close. Until then it keeps what will be compared, and the request
// only where a sample of it may be kept: with shadows that hang or traffic that rushes, bodies would fill the memory.
import type { Decision, Exchange, ModelAnswer, Outcome } from '../model.ts';
import { baseFor } from './base-answer.ts';
import type { Entry, RunContext } from './run-context.ts';
import { divergenceOf } from './sample.ts';

/** Does nothing while an answer is still awaited. */
export function lighten(context: RunContext, entry: Entry, decisions: readonly Decision[]): void {
  if (entry.outcomes.includes(null)) return;
  const { exchange } = entry;
  const isSampled = context.arms.some(({ arm }, index) => {
    const outcome = entry.outcomes[index];
    if (outcome == null || outcome === 'late') return false;
    const base = baseFor(context, arm, { exchange, control: entry.outcomes[context.control] ?? undefined });
    return base !== null && divergenceOf(decisions, base, outcome) !== null;
  });
  entry.exchange = isSampled ? withoutBytes(exchange) : withoutRequest(withoutBytes(exchange));
  if (isSampled) return;
  for (const [index, outcome] of entry.outcomes.entries()) {
    if (outcome !== null && outcome !== 'late') entry.outcomes[index] = withoutSent(outcome);
  }
}

const noBytes = new Uint8Array(0);
const noInputs = { inputs: [] };

function withoutBytes(exchange: Exchange): Exchange {
  const { headers, ...rest } = exchange.requestMessage;
  // The trace tells whose calls a dependency saw; no other header is looked at any more.
  const { traceparent } = headers;
  const requestMessage = { ...rest, headers: traceparent === undefined ? {} : { traceparent }, body: noBytes };
  return { ...exchange, requestMessage, answer: withoutOutputs(exchange.answer) };
}

function withoutRequest(exchange: Exchange): Exchange {
  return { ...exchange, request: noInputs };
}

function withoutSent(outcome: Outcome): Outcome {
  const { sent, ...kept } = outcome;
  return sent === undefined ? outcome : kept;
}

/** What is compared was read out of the outputs: they are not kept beside it. */
export function withoutOutputs(answer: ModelAnswer): ModelAnswer {
  return { ...answer, outputs: [] };
}
