// Once every arm has answered, an entry waits seconds for its bucket to close. Until then it keeps what will be compared, and the request
// only where a sample of it may be kept: with shadows that hang or traffic that rushes, bodies would fill the memory.
import type { Decision, Exchange, ModelAnswer, Outcome, RequestMessage } from '../model.ts';
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
  entry.exchange = lightened(exchange, { keepsRequest: isSampled });
  if (isSampled) return;
  entry.outcomes.forEach((outcome, index) => {
    if (outcome !== null && outcome !== 'late') entry.outcomes[index] = withoutSent(outcome);
  });
}

const noInputs = { inputs: [] };
const noMessage: RequestMessage = { method: '', path: '', headers: {}, body: new Uint8Array(0) };
const noOutputs: ModelAnswer['outputs'] = [];

function lightened(exchange: Exchange, { keepsRequest }: { keepsRequest: boolean }): Exchange {
  // The trace tells whose calls a dependency saw; nothing else of the message is looked at any more.
  const { traceparent } = exchange.requestMessage.headers;
  return {
    ...exchange,
    request: keepsRequest ? exchange.request : noInputs,
    requestMessage: traceparent === undefined ? noMessage : { ...noMessage, headers: { traceparent } },
    answer: withoutOutputs(exchange.answer),
  };
}

function withoutSent(outcome: Outcome): Outcome {
  if (outcome.sent === undefined) return outcome;
  const { sent: _, ...kept } = outcome;
  return kept;
}

/** What is compared was read out of the outputs: they are not kept beside it. */
export function withoutOutputs(answer: ModelAnswer): ModelAnswer {
  return { ...answer, outputs: noOutputs };
}
