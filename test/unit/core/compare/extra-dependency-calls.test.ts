// Retry amplification: how many calls the arm made for what the control made with fewer.
import { expect, it } from 'vitest';
import { extraDependencyCalls } from '../../../../src/core/compare/extra-dependency-calls.ts';
import { binary, failing, ok, pairOf } from '../pairs.ts';

const observe = (arm: number | null | undefined, control: number | null | undefined, times?: number) => {
  const metric = extraDependencyCalls.create(times === undefined ? {} : { times });
  const outcome = (calls: number | null | undefined) =>
    ok(binary(0.9), calls === undefined ? {} : { dependencyCalls: calls });
  return metric.observe(pairOf(binary(0.9), outcome(arm), outcome(control)), { decision: null, against: 'limit' });
};

it.each([
  [1, 1, undefined, 0],
  [2, 1, undefined, 0],
  [3, 1, undefined, 1],
  [3, 1, 3, 0],
  [2, 1, 1.5, 1],
  [0, 0, undefined, 0],
  [1, 0, undefined, 1],
  [0, 5, undefined, 0],
])('%s calls beside %s of the control, at most %s times: %s', (arm, control, times, expected) => {
  expect(observe(arm, control, times)).toBe(expected);
});

it.each([
  [null, 1],
  [3, null],
  [undefined, 1],
  [3, undefined],
])('%s calls beside %s are not in n', (arm, control) => {
  expect(observe(arm, control)).toBeNull();
});

it('counts failures, in which retries end, and nothing without a control', () => {
  const metric = extraDependencyCalls.create({});
  const arm = failing('timeout', { dependencyCalls: 4 });
  const context = { decision: null, against: 'limit' } as const;
  expect(metric.observe(pairOf(binary(0.9), arm, ok(binary(0.9), { dependencyCalls: 1 })), context)).toBe(1);
  expect(metric.observe(pairOf(binary(0.9), arm), context)).toBeNull();
});
