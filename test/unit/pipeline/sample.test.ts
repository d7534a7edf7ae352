import { describe, expect, it } from 'vitest';
import type { Arm, Decision, Exchange, Outcome, Prediction } from '../../../src/model.ts';
import type { RunContext } from '../../../src/pipeline/run-context.ts';
import { sampleOf } from '../../../src/pipeline/sample.ts';
import { feature, tensor } from '../../support/perturbing.ts';
import { binary, late, ok } from '../core/pairs.ts';

const context = { run: { id: 'r' } } as RunContext;
const arm = { name: 'candidate' } as Arm;

function sampled(decision: Decision, production: Prediction, shadow: Prediction) {
  const exchange = { id: 'x', arrivedAt: 0, predictions: { late: production } } as unknown as Exchange;
  const options = { inputs: [], decisions: [decision], features: 'none' } as const;
  return sampleOf(options, { context, arm, exchange, outcome: ok(shadow) });
}

const vector = (...numbers: number[]): Prediction => ({ ...binary(0), kind: 'vector', label: '', vector: numbers });
const meaning: Decision = { ...late, kind: 'vector' };
const text = (words: string): Prediction => ({ ...binary(0), kind: 'text', label: words.slice(0, 20), text: words });
const summary: Decision = { ...late, kind: 'text', material: null };

describe('a sample', () => {
  it('says how the arm diverged, or is none', () => {
    expect(sampled(meaning, vector(1, 0), vector(1, 0.1))).toBeNull();
    expect(sampled(meaning, vector(1, 0), vector(0, 1))).toMatchObject({
      what: 'late moved materially',
      production: { late: { vector: [1, 0] } },
      answer: { late: { vector: [0, 1] } },
    });
    expect(sampled(summary, text('yes'), text('no'))?.what).toBe('late: yes became no');
    expect(sampled(summary, text('yes'), text(''))?.what).toBe('late: yes became nothing');
  });

  it('says what was done to the request, and which features were sent otherwise', () => {
    const inputs = [feature({ name: 'delay' }), feature({ name: 'wind' })];
    const received = { inputs: [tensor('delay', [5]), tensor('wind', [Number.NaN])] };
    const struck = { ...arm, faults: [{ type: 'kill', options: { settleMs: 1000 } }] };
    const seen = (features: 'declared' | 'none', more: Partial<Outcome>) => {
      const exchange = { id: 'x', arrivedAt: 0, request: received, predictions: { late: binary(0) } };
      const outcome = { ...ok(binary(1)), ...more };
      const options = { inputs, decisions: [late], features };
      return sampleOf(options, { context, arm: struck, exchange: exchange as unknown as Exchange, outcome });
    };
    const sent = { inputs: [tensor('wind', [Number.NaN])] };
    const dropped = { applied: ['drop delay'], sent, sinceStrikeMs: 1240 };
    expect(seen('declared', dropped)).toMatchObject({
      applied: ['drop delay', 'kill, 1.2 s before'],
      sent: { delay: null },
    });
    expect(seen('none', dropped)).not.toHaveProperty('sent');
    expect(seen('declared', {})).not.toHaveProperty('applied');
  });

  it('keeps the beginning of what is long, and its length', () => {
    const long = Array.from({ length: 1536 }, (_, index) => index);
    const embedded = sampled(meaning, vector(...long), vector(...long.toReversed()));
    expect(embedded?.production).toMatchObject({ late: { vector: long.slice(0, 100), length: 1536 } });
    const written = sampled(summary, text('a'.repeat(5000)), text('short'));
    expect(written?.production).toMatchObject({ late: { text: `${'a'.repeat(2000)}…`, length: 5000 } });
    expect(written?.answer).toMatchObject({ late: { text: 'short' } });
  });
});
