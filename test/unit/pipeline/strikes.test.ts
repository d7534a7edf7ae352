// What is known of a request whose arm is struck: when it is sent, when a strike falls while it is under way, and in the figures after.
import { describe, expect, it } from 'vitest';
import type { Disturbance } from '../../../src/io/ports.ts';
import type { Outcome, OutcomeStatus, Pair, Prediction } from '../../../src/model.ts';
import type { ArmContext } from '../../../src/pipeline/run-context.ts';
import {
  countStrike,
  type Struck,
  strikeOn,
  strikesOf,
  struckOnItsWay,
  withStrike,
} from '../../../src/pipeline/strikes.ts';

const decisions = [
  { name: 'd', output: 'p', column: null, kind: 'binary', threshold: 0.5, scale: null, material: 0.05 },
] as const;
const said = (score: number): Prediction => ({
  kind: 'binary',
  label: String(score > 0.5),
  scores: [score],
  value: null,
  confidence: null,
});

function armWith(...struck: (Struck | undefined)[]): ArmContext {
  const disturbances = struck.map(
    (one): Disturbance => ({
      name: 'x',
      begin: async () => {},
      end: async () => {},
      problem: () => null,
      ...(one === undefined ? {} : { strike: () => one }),
    }),
  );
  return { arm: { name: 'slow' }, disturbances } as unknown as ArmContext;
}

function pairOf(status: OutcomeStatus, { score = 0.9, latencyMs = 10 } = {}): Pair {
  const predictions = status === 'ok' ? { d: said(score) } : null;
  const arm: Outcome = { status, reason: null, latencyMs, answer: null, predictions, faultActed: true };
  return {
    exchangeId: 'x',
    production: { latencyMs: 5, predictions: { d: said(0.9) } },
    arm,
    control: null,
    sloLatencyMs: 200,
  };
}

const quiet: Struck = { acts: false, sinceMs: null, number: 0 };

describe('a request that is sent', () => {
  it('knows nothing of arms whose process is not struck', () => {
    expect(strikeOn(armWith())).toBeNull();
    expect(strikeOn(armWith(undefined))).toBeNull();
    expect(withStrike({ faultActed: null }, null)).toEqual({ faultActed: null });
  });

  it('is hit by any that acts, and counts from the latest', () => {
    const both = armWith(undefined, { acts: true, sinceMs: 900, number: 1 }, { acts: false, sinceMs: 40, number: 3 });
    expect(strikeOn(both)).toEqual({ acts: true, sinceMs: 40, number: 3 });
    expect(strikeOn(armWith(quiet))).toEqual(quiet);
  });

  it('adds what the request itself says', () => {
    expect(withStrike({ faultActed: false }, { acts: true, sinceMs: 3 })).toEqual({
      faultActed: true,
      sinceStrikeMs: 3,
    });
    expect(withStrike({ faultActed: true }, { acts: false, sinceMs: 30 })).toEqual({
      faultActed: true,
      sinceStrikeMs: 30,
    });
    expect(withStrike({ faultActed: false }, quiet)).toEqual({ faultActed: false, sinceStrikeMs: null });
  });

  it('is hit by a strike that falls while it is under way', () => {
    const now = { acts: true, sinceMs: 20, number: 2 };
    const sent = { acts: false, sinceMs: 29_990, number: 1 };
    expect(struckOnItsWay(sent, { now, tookMs: 30 })).toEqual({ acts: true, sinceMs: 0, number: 2 });
    expect(struckOnItsWay(sent, { now: { ...sent, sinceMs: 30_020 }, tookMs: 30 })).toBe(sent);
    expect(struckOnItsWay(null, { now, tookMs: 30 })).toBeNull();
  });
});

describe('the figures of an arm', () => {
  it('count what was lost, wrong and slow, and the first right answer after each strike', () => {
    const arm = armWith({ acts: false, sinceMs: 12_000, number: 3 });
    const count = (pair: Pair, struck: Struck | null): void => countStrike(arm, { struck, pair, decisions });
    count(pairOf('ok'), quiet);
    count(pairOf('error'), { acts: true, sinceMs: 0, number: 1 });
    count(pairOf('ok'), { acts: true, sinceMs: 0, number: 1 });
    count(pairOf('unavailable'), { acts: true, sinceMs: 100, number: 1 });
    count(pairOf('ok', { score: 0 }), { acts: true, sinceMs: 700, number: 1 });
    count(pairOf('ok', { latencyMs: 400 }), { acts: true, sinceMs: 1000, number: 1 });
    count(pairOf('ok', { latencyMs: 20 }), { acts: true, sinceMs: 1300, number: 1 });
    count(pairOf('timeout'), { acts: true, sinceMs: 5, number: 2 });
    count(pairOf('ok'), { acts: false, sinceMs: 11_000, number: 2 });
    expect(strikesOf({ arms: [arm, { ...armWith(), arm: { name: 'control' } } as ArmContext] })).toEqual({
      slow: {
        count: 3,
        recovered: 2,
        firstCorrectMs: { median: 1320, max: 11_010 },
        hit: 7,
        lost: 3,
        wrong: 1,
        slow: 1,
      },
    });
  });

  it('say nothing that was not seen', () => {
    expect(strikesOf({ arms: [armWith(quiet)] })).toEqual({
      slow: { count: 0, recovered: 0, firstCorrectMs: null, hit: 0, lost: 0, wrong: 0, slow: 0 },
    });
  });
});
