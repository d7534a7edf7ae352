import { describe, expect, it } from 'vitest';
import { judgeStream, newStreamState, readEvidence } from '../../../../src/core/judge/judge-stream.ts';
import { loudCounts } from '../../../../src/core/judge/loud.ts';
import { createObserver } from '../../../../src/core/judge/observe.ts';
import type { Outcome, Pair } from '../../../../src/model.ts';
import { binary, failing, late, ok, pairOf } from '../pairs.ts';
import { hypothesisOf } from './hypotheses.ts';

const loud = hypothesisOf({ metric: 'silent-wrong', relation: 'loud' });
const observer = createObserver(loud, late);

function counted(...pairs: Pair[]): number[] {
  const counts = new Array<number>(loudCounts).fill(0);
  for (const pair of pairs) observer.observe(counts, pair);
  return counts;
}

const right = binary(0.1);
const wrong = binary(0.9);
const control = ok(right);
const acted = { faultActed: true };
const unacted = { faultActed: false };

describe('counting a loud hypothesis', () => {
  it('counts acted requests that the control answered, and the silently wrong among them', () => {
    expect(counted(pairOf(right, ok(wrong, acted), control))).toEqual([1, 1, 0, 0]);
    expect(counted(pairOf(right, ok(right, acted), control))).toEqual([1, 0, 0, 0]);
    expect(counted(pairOf(right, ok(wrong, { ...acted, degraded: true }), control))).toEqual([1, 0, 0, 0]);
  });

  it.each<Outcome['status']>(['error', 'timeout', 'invalid', 'unavailable'])(
    'a failing arm (%s) on an acted request is loud',
    (status) => {
      expect(counted(pairOf(right, failing(status, acted), control))).toEqual([1, 0, 0, 0]);
      expect(counted(pairOf(right, failing(status, unacted), control))).toEqual([0, 0, 0, 1]);
    },
  );

  it('does not count acted requests that the control did not answer', () => {
    expect(counted(pairOf(right, ok(wrong, acted), failing('error')))).toEqual([0, 0, 0, 0]);
    expect(counted(pairOf(right, ok(wrong, acted)))).toEqual([0, 0, 0, 0]);
  });

  it('counts how the arm lives without the fault', () => {
    expect(counted(pairOf(right, ok(wrong, unacted), control))).toEqual([0, 0, 1, 0]);
  });

  it('leaves a request out when it cannot be known whether the fault acted', () => {
    expect(counted(pairOf(right, ok(wrong), control))).toEqual([0, 0, 0, 0]);
  });
});

describe('judging a loud hypothesis', () => {
  const judge = (counts: number[]) => judgeStream(newStreamState(loudCounts), { added: { counts }, hypothesis: loud });

  it('holds with proof, enough acted and enough answered un-acted requests', () => {
    expect(judge([600, 0, 200, 10]).state.verdict).toBe('HOLDS');
    expect(judge([600, 0, 200, 10]).missing).toEqual([]);
  });

  it.each([
    ['few un-acted answers', [600, 0, 199, 0], 'the arm answered ok on 199 of 200 requests without the fault'],
    [
      'an arm that always fails',
      [600, 0, 0, 600],
      'the arm failed on 600 of 600 requests without the fault, which is more than 5 %',
    ],
    [
      'an arm that fails too often',
      [600, 0, 200, 11],
      'the arm failed on 11 of 211 requests without the fault, which is more than 5 %',
    ],
  ])('stays undecided with %s, and says so', (_, counts, said) => {
    const { state, missing } = judge(counts);
    expect(state.verdict).toBe('UNDECIDED');
    expect(missing).toContain(said);
    // No number of further requests at this rate would decide it: "0 more" beside UNDECIDED would be nonsense.
    expect(readEvidence(counts, loud).evidence.stillNeeded).toBeNull();
  });

  it('stays undecided while the fault acted too rarely, even where the statistics are done', () => {
    const many = hypothesisOf({ metric: 'silent-wrong', relation: 'loud', minActed: 700 });
    const { state, missing } = judgeStream(newStreamState(loudCounts), {
      added: { counts: [600, 0, 800, 0] },
      hypothesis: many,
    });
    expect(state.verdict).toBe('UNDECIDED');
    expect(missing).toEqual(['the fault acted on 600 of 700 requests that the control answered']);
  });

  it('is violated by silent errors, with nothing else needed', () => {
    expect(judge([60, 12, 0, 0]).state.verdict).toBe('VIOLATED');
  });
});
