import { describe, expect, it } from 'vitest';
import {
  allowedShare,
  closeWindows,
  newStopState,
  observeProduction,
  type StopRule,
  type StopState,
  stopRulesOf,
} from '../../../../src/core/judge/stop-condition.ts';
import type { ProductionStop } from '../../../../src/model.ts';

const p99: ProductionStop = {
  text: 'x',
  signal: 'production.p99',
  above: 250,
  windowMs: 1000,
  minCount: 1,
  windows: 1,
};

function ruleOf(changed: Partial<ProductionStop> = {}): StopRule {
  return { condition: { ...p99, ...changed }, windowsInRun: 3600, conditions: 1 };
}

type Window = readonly [requests: number, over: number];

/** One window of so many requests, `over` of which exceed the limit or fail. */
function feed(
  state: StopState,
  rule: StopRule,
  { at, requests, over }: { at: number; requests: number; over: number },
) {
  let next = state;
  for (let index = 0; index < requests; index++) {
    const isOver = index < over;
    const request = { at: at * rule.condition.windowMs, latencyMs: isOver ? 251 : 250, failed: isOver };
    next = observeProduction(next, { rule, request });
  }
  return next;
}

function run(rule: StopRule, windows: readonly Window[], from = newStopState(rule)): StopState {
  const first = from.window ?? 0;
  const state = windows.reduce(
    (before, [requests, over], index) => feed(before, rule, { at: first + index, requests, over }),
    from,
  );
  return closeWindows(state, { rule, nowMs: (first + windows.length) * rule.condition.windowMs });
}

const windows = (count: number, window: Window): Window[] => Array.from({ length: count }, () => window);

describe('a total outage', () => {
  it.each([1, 2, 10, 200])('is an abort after four windows of %d requests, all slow', (requests) => {
    const good = run(ruleOf(), windows(100, [requests, 0]));
    expect(run(ruleOf(), windows(3, [requests, requests]), good).isAborted).toBe(false);
    expect(run(ruleOf(), windows(4, [requests, requests]), good).isAborted).toBe(true);
  });

  it('is none after one bad moment, however many requests it hits, and latches when it is', () => {
    const hiccup: Window[] = [...windows(60, [200, 0]), [200, 200], ...windows(60, [200, 0])];
    expect(run(ruleOf(), [...hiccup, ...hiccup]).isAborted).toBe(false);
    expect(run(ruleOf(), [...windows(4, [200, 200]), ...windows(50, [200, 0])]).isAborted).toBe(true);
  });
});

describe('what counts', () => {
  it('is a latency over the limit or a failure; exactly the allowed share never aborts', () => {
    expect(run(ruleOf(), windows(2000, [100, 1])).isAborted).toBe(false);
    const errors = ruleOf({ signal: 'production.errors', above: 0.05 });
    expect(run(errors, windows(2000, [20, 1])).isAborted).toBe(false);
    expect(run(errors, windows(60, [20, 3])).isAborted).toBe(true);
    const median = ruleOf({ signal: 'production.p50' });
    expect(run(median, windows(2000, [2, 1])).isAborted).toBe(false);
    expect(run(median, windows(30, [2, 2])).isAborted).toBe(true);
  });

  it('is 1 % of the requests for p99, half for p50, the declared share for errors', () => {
    const signals = ['production.p99', 'production.p50', 'production.errors'] as const;
    expect(signals.map((signal) => allowedShare({ ...p99, signal, above: 0.03 }))).toEqual([0.01, 0.5, 0.03]);
  });

  it('a run with more windows than fit into its time asks for more evidence', () => {
    const rule = { ...ruleOf(), windowsInRun: 2 };
    expect(run(rule, windows(2, [10, 10])).isAborted).toBe(true);
    const long = run(rule, windows(1000, [10, 0]));
    expect(run(rule, windows(4, [10, 10]), long).isAborted).toBe(false);
    expect(run(rule, windows(5, [10, 10]), long).isAborted).toBe(true);
  });

  it('windows without requests change nothing', () => {
    const state = run(ruleOf(), windows(3, [10, 10]));
    const later = closeWindows(state, { rule: ruleOf(), nowMs: 1e9 });
    expect(later).toEqual({ ...state, window: 1e6 });
    expect(run(ruleOf(), [[1, 1]], later).isAborted).toBe(true);
  });

  it('a late request counts in the open window, never in a closed one', () => {
    const rule = ruleOf();
    const state = feed(newStopState(rule), rule, { at: 5, requests: 10, over: 0 });
    const late = observeProduction(state, { rule, request: { at: 0, latencyMs: 300, failed: false } });
    expect(late).toMatchObject({ window: 5, requests: 11, exceeded: 1 });
  });
});

describe('minCount and windows', () => {
  it('windows are joined until they hold minCount requests', () => {
    const rule = ruleOf({ minCount: 10 });
    const joined = run(rule, windows(4, [2, 2]));
    expect(joined).toMatchObject({ requests: 8, exceeded: 8, evidence: { buckets: 0 } });
    expect(run(rule, [[2, 2]], joined)).toMatchObject({ requests: 0, evidence: { buckets: 1 }, breachedInARow: 1 });
    expect(run(rule, windows(19, [2, 2])).isAborted).toBe(false);
    expect(run(rule, windows(20, [2, 2])).isAborted).toBe(true);
  });

  it('so many windows in a row must be over, besides the proof', () => {
    const rule = ruleOf({ windows: 6 });
    expect(run(rule, windows(5, [10, 10])).isAborted).toBe(false);
    expect(run(rule, windows(6, [10, 10])).isAborted).toBe(true);
    const pause: Window[] = [...windows(5, [10, 10]), [10, 0], ...windows(5, [10, 10])];
    expect(run(rule, pause)).toMatchObject({ isAborted: false, breachedInARow: 5, evidence: { isRegressed: true } });
    expect(run(rule, [...pause, [10, 10]]).isAborted).toBe(true);
  });

  it('a proof is forgotten once it is proven that production is well again', () => {
    const rule = ruleOf({ signal: 'production.errors', above: 0.05, windows: 20 });
    const well = run(rule, [...windows(10, [10, 10]), ...windows(400, [10, 0])]);
    expect(well.evidence.isRegressed).toBe(false);
  });
});

describe('the rules of an experiment', () => {
  it('share the rate of false aborts, and count the windows of the longest run', () => {
    const experiment = { stopWhen: [p99, { ...p99, windowMs: 7000 }], maxTimeMs: 3_600_000, readyTimeoutMs: 60_000 };
    expect(stopRulesOf(experiment)).toMatchObject([
      { conditions: 2, windowsInRun: 3660 },
      { conditions: 2, windowsInRun: 523 },
    ]);
  });
});

it('is plain data', () => {
  const state = run(ruleOf(), [
    [200, 5],
    [50, 1],
  ]);
  expect(JSON.parse(JSON.stringify(state))).toEqual(state);
});
