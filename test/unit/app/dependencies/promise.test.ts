// A dependency's promise over the latest minute: broken by what happens now, kept again when that is over.
import { describe, expect, it } from 'vitest';
import { createPromiseWindow } from '../../../../src/app/dependencies/promise.ts';
import type { ProxyState } from '../../../../src/faults/proxy/state.ts';

interface Totals {
  readonly calls: number;
  readonly slow?: number;
  readonly failed?: number;
}

function stateOf({ calls, slow = 0, failed = 0 }: Totals, { isPromised = true } = {}): ProxyState {
  const slo = isPromised
    ? {
        latency: { limitMs: 50, breaches: slow },
        errors: { limit: 0.02, breaches: failed, share: null, isMet: true },
      }
    : { latency: null, errors: null };
  return { calls: { total: calls }, slo } as unknown as ProxyState;
}

describe('the promise of a dependency', () => {
  it('is unknown before the first answer, and where nothing is promised', () => {
    const window = createPromiseWindow();
    expect(window.isKept()).toBeNull();
    window.note(stateOf({ calls: 5 }, { isPromised: false }), 0);
    expect(window.isKept()).toBeNull();
  });

  it.each([
    ['1 % slow', { calls: 1000, slow: 10 }, true],
    ['more than 1 % slow', { calls: 1000, slow: 11 }, false],
    ['errors within their share', { calls: 1000, failed: 20 }, true],
    ['more errors', { calls: 1000, failed: 21 }, false],
  ] as const)('with %s of a minute', (_what, totals, isKept) => {
    const window = createPromiseWindow();
    window.note(stateOf({ calls: 0 }), 0);
    window.note(stateOf(totals), 30_000);
    expect(window.isKept()).toBe(isKept);
  });

  it('is kept again a minute later, and a proxy that was started anew counts from zero', () => {
    const window = createPromiseWindow();
    window.note(stateOf({ calls: 0 }), 0);
    window.note(stateOf({ calls: 100, slow: 50 }), 1000);
    expect(window.isKept()).toBe(false);
    for (let second = 2; second < 70; second++) window.note(stateOf({ calls: 100 + second, slow: 50 }), second * 1000);
    expect(window.isKept()).toBe(true);
    window.note(stateOf({ calls: 10, slow: 5 }), 71_000);
    expect(window.isKept()).toBe(false);
  });
});
