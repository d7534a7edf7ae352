// What a shadow's answer is compared with when the experiment asks about a version that is not in production.
import { describe, expect, it } from 'vitest';
import type { Exchange, Outcome } from '../../../src/model.ts';
import { baseFor } from '../../../src/pipeline/base-answer.ts';
import type { RunContext } from '../../../src/pipeline/run-context.ts';

const late = (score: number) => ({ late: { kind: 'binary', label: score > 0.5 ? 'above' : 'below', scores: [score] } });
const exchange = { id: 'a', latencyMs: 20, predictions: late(0.9) } as unknown as Exchange;
const answered: Outcome = {
  status: 'ok',
  reason: null,
  latencyMs: 7,
  answer: { modelName: 'm', modelVersion: '2', degraded: false, outputs: [] },
  predictions: late(0.1) as unknown as Exchange['predictions'],
  faultActed: null,
};

function base(
  control: Outcome | 'late' | undefined,
  { comparedWith, role = 'fault' }: { comparedWith?: string; role?: string },
) {
  const context = { run: { definition: { comparedWith } } } as unknown as RunContext;
  return baseFor(context, { role } as never, { exchange, control });
}

describe('what an answer is compared with', () => {
  it('is production’s unless the experiment says otherwise', () => {
    expect(base(answered, {})).toBe(exchange);
  });

  it('is the control’s where the experiment says so, and the control’s own is production’s all the same', () => {
    expect(base(answered, { comparedWith: 'control' })).toEqual({
      ...exchange,
      latencyMs: 7,
      predictions: answered.predictions,
    });
    expect(base(answered, { comparedWith: 'control', role: 'control' })).toBe(exchange);
  });

  it.each<[string, Outcome | 'late' | undefined]>([
    ['no control', undefined],
    ['a late control', 'late'],
    ['a control that failed', { ...answered, status: 'error' }],
    ['an answer that could not be read', { ...answered, predictions: null }],
    [
      'an answer that rests on fallback values',
      { ...answered, answer: { modelName: 'm', modelVersion: '2', degraded: true, outputs: [] } },
    ],
  ])('is nothing with %s', (_what, control) => {
    expect(base(control, { comparedWith: 'control' })).toBeNull();
  });
});
