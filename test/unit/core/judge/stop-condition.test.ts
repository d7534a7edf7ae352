import { describe, expect, it } from 'vitest';
import {
  closeWindows,
  newStopState,
  observeProduction,
  type StopState,
} from '../../../../src/core/judge/stop-condition.ts';
import type { StopCondition } from '../../../../src/model.ts';

const p99: StopCondition = {
  text: 'x',
  signal: 'production.p99',
  above: 250,
  windowMs: 1000,
  minCount: 100,
  windows: 3,
};

/** One window of `requests`, `over` of which exceed the limit or fail. */
function feed(
  state: StopState,
  condition: StopCondition,
  { window, requests, over }: { window: number; requests: number; over: number },
): StopState {
  let next = state;
  for (let index = 0; index < requests; index++) {
    const isOver = index < over;
    const request = { at: window * condition.windowMs + index, latencyMs: isOver ? 251 : 250, failed: isOver };
    next = observeProduction(next, { condition, request });
  }
  return next;
}

function run(condition: StopCondition, windows: readonly (readonly [requests: number, over: number])[]): StopState {
  const state = windows.reduce(
    (before, [requests, over], window) => feed(before, condition, { window, requests, over }),
    newStopState(),
  );
  return closeWindows(state, { condition, nowMs: windows.length * condition.windowMs });
}

describe('stop condition', () => {
  it('aborts after three breached windows in a row, when the third closes', () => {
    const three = run(p99, [
      [200, 5],
      [200, 5],
      [200, 5],
    ]);
    expect(three).toMatchObject({ isAborted: true, breachedInARow: 3 });
    expect(
      run(p99, [
        [200, 5],
        [200, 5],
      ]),
    ).toMatchObject({ isAborted: false, breachedInARow: 2 });
    expect(
      run(p99, [
        [200, 5],
        [200, 5],
        [200, 0],
        [200, 5],
      ]),
    ).toMatchObject({ isAborted: false, breachedInARow: 1 });
  });

  it('latches', () => {
    expect(
      run(p99, [
        [200, 5],
        [200, 5],
        [200, 5],
        [200, 0],
      ]),
    ).toMatchObject({ isAborted: true, breachedInARow: 0 });
  });

  it.each([
    [200, 2, false],
    [200, 3, true],
    [300, 3, false],
    [300, 4, true],
    [99, 99, false],
    [100, 2, false],
    [100, 3, true],
  ])('%d requests with %d over 250 ms: breached is %s', (requests, over, breached) => {
    expect(run(p99, [[requests, over]]).breachedInARow).toBe(breached ? 1 : 0);
  });

  it('a latency at the limit does not exceed it', () => {
    expect(run(p99, [[200, 0]]).exceeded).toBe(0);
  });

  it('counts failures for errors and half of the latencies for p50', () => {
    const errors: StopCondition = { ...p99, signal: 'production.errors', above: 0.05 };
    expect(run(errors, [[200, 10]]).breachedInARow).toBe(0);
    expect(run(errors, [[200, 11]]).breachedInARow).toBe(1);
    const p50: StopCondition = { ...p99, signal: 'production.p50' };
    expect(run(p50, [[200, 100]]).breachedInARow).toBe(0);
    expect(run(p50, [[200, 101]]).breachedInARow).toBe(1);
  });

  it('quiet windows neither breach nor clear, and are counted', () => {
    expect(
      run(p99, [
        [200, 5],
        [0, 0],
        [50, 50],
        [200, 5],
      ]),
    ).toMatchObject({ breachedInARow: 2, quietInARow: 0 });
    expect(
      run(p99, [
        [200, 5],
        [10, 0],
        [0, 0],
      ]),
    ).toMatchObject({ breachedInARow: 1, quietInARow: 2 });
    expect(closeWindows(run(p99, [[200, 0]]), { condition: p99, nowMs: 1e9 }).quietInARow).toBe(1e6 - 1);
  });

  it('counts a late request in the open window, never in a closed one', () => {
    const state = feed(newStopState(), p99, { window: 5, requests: 10, over: 0 });
    const late = observeProduction(state, { condition: p99, request: { at: 0, latencyMs: 300, failed: false } });
    expect(late).toMatchObject({ window: 5, requests: 11, exceeded: 1 });
  });

  it('is plain data', () => {
    const state = run(p99, [
      [200, 5],
      [50, 1],
    ]);
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });
});
