// What an entry keeps while it waits for its bucket: nothing that will not be looked at.
import { describe, expect, it } from 'vitest';
import type { Decision, Exchange, Outcome, Prediction } from '../../../src/model.ts';
import { lighten } from '../../../src/pipeline/lighten.ts';
import type { Entry, RunContext } from '../../../src/pipeline/run-context.ts';

const decision: Decision = {
  name: 'late',
  output: 'p',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};
const predictionOf = (score: number): Prediction => ({
  kind: 'binary',
  label: String(score > 0.5),
  scores: [score],
  value: null,
  confidence: null,
});
const tensor = { name: 'x', datatype: 'FP64', shape: [1], data: [1] } as const;
const answer = { modelName: 'm', modelVersion: 'v1', degraded: false, outputs: [tensor] };

function exchangeWith(): Exchange {
  const headers = { authorization: 'secret', traceparent: 'trace' };
  return {
    id: 'x',
    model: 'm',
    protocol: 'p',
    arrivedAt: 1,
    latencyMs: 2,
    request: { inputs: [tensor] },
    requestMessage: { method: 'POST', path: '/', headers, body: new Uint8Array(1000) },
    answer,
    predictions: { late: predictionOf(0.9) },
  };
}

const outcomeWith = (score: number): Outcome => ({
  status: 'ok',
  reason: null,
  latencyMs: 1,
  answer: null,
  predictions: { late: predictionOf(score) },
  faultActed: null,
  sent: { inputs: [tensor] },
});

function lightened(outcomes: Entry['outcomes'], comparedWith?: 'control'): Entry {
  const arms = outcomes.map((_, index) => ({ arm: { name: `a${index}`, role: index === 0 ? 'control' : 'fault' } }));
  const context = { arms, control: 0, run: { definition: { comparedWith } } } as unknown as RunContext;
  const entry: Entry = { exchange: exchangeWith(), outcomes, versions: [], committed: [] };
  lighten(context, entry, [decision]);
  return entry;
}

describe('an entry', () => {
  it('stays whole while an answer is awaited', () => {
    expect(lightened([outcomeWith(0.9), null]).exchange).toEqual(exchangeWith());
  });

  it('keeps what is compared, and the trace, when all arms agree', () => {
    const { exchange, outcomes } = lightened([outcomeWith(0.9), outcomeWith(0.91), 'late']);
    const { id, arrivedAt, latencyMs, predictions } = exchangeWith();
    expect(exchange).toMatchObject({
      id,
      arrivedAt,
      latencyMs,
      predictions,
      answer: { modelVersion: 'v1', outputs: [] },
    });
    expect(exchange.request.inputs).toEqual([]);
    expect(exchange.requestMessage).toMatchObject({ headers: { traceparent: 'trace' }, body: new Uint8Array(0) });
    expect(exchange.requestMessage.headers).not.toHaveProperty('authorization');
    expect(outcomes.slice(0, 2)).not.toContainEqual(expect.objectContaining({ sent: expect.anything() }));
  });

  it.each<[string, Outcome]>([
    ['decides otherwise', outcomeWith(0.1)],
    ['does not answer', { ...outcomeWith(0), status: 'timeout', reason: 'refused', predictions: null }],
  ])('keeps request and what was sent for a sample when an arm %s', (_, outcome) => {
    const { exchange, outcomes } = lightened([outcomeWith(0.9), outcome]);
    expect(exchange.request.inputs).toEqual([tensor]);
    expect(exchange.requestMessage.body).toHaveLength(0);
    expect(outcomes[1]).toHaveProperty('sent');
  });

  it('is compared with what the experiment compares it with', () => {
    const alike = [outcomeWith(0.1), outcomeWith(0.1)];
    expect(lightened([...alike, outcomeWith(0.1)], 'control').exchange.request.inputs).toEqual([tensor]);
    expect(lightened([outcomeWith(0.9), outcomeWith(0.9)], 'control').exchange.request.inputs).toEqual([]);
  });
});
