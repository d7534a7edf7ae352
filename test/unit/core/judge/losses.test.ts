// The sentence behind BIASED: how much was lost against what limit, why, and what to do.
import { describe, expect, it } from 'vitest';
import { type ArmLosses, losesTooMuch, lossNotes, lossRemedy, tooMuchLost } from '../../../../src/core/judge/losses.ts';

const busy: ArmLosses = { name: 'control', received: 4958, dropped: 536, droppedBy: { restart: 16, late: 520 } };

describe('an arm that lost too much', () => {
  it('says how much of what, against what limit, by which reasons, and what to do about the first of them', () => {
    expect(tooMuchLost(busy)).toBe(
      '10.8 % of what control should have seen was lost, more than 5 %: penumbra itself lost 536 of 4,958: ' +
        '520 late (no time was left to ask the arm before its bucket closed), 16 restart (in flight when penumbra ended). ' +
        'What to do: this machine is too busy, or the clocks disagree: copy less (a smaller share or budget), run fewer arms, ' +
        'give penumbra more CPU, or allow more time (joinDeadline)',
    );
  });

  it('says of every reason what to do where it is the first', () => {
    for (const reason of ['late', 'restart', 'store_failed'] as const) {
      const said = tooMuchLost({ ...busy, droppedBy: { [reason]: 536 } });
      expect(said).toContain(`536 ${reason} (`);
      expect(said.endsWith(`What to do: ${lossRemedy(reason)}`)).toBe(true);
      // Every form of the gate's answer cuts a line at 500 characters: what to do must not be lost.
      expect(said.length).toBeLessThan(450);
    }
  });

  it('still says how much where the reasons are not known', () => {
    const unknown = tooMuchLost({ ...busy, droppedBy: null });
    expect(unknown).toBe(
      '10.8 % of what control should have seen was lost, more than 5 %: penumbra itself lost 536 of 4,958',
    );
  });
});

describe('the note on a run', () => {
  it('tells of the gate where it is too much, and of the limit where it is not; what to do is said once', () => {
    const few = { name: 'v3', received: 1200, dropped: 3, droppedBy: { restart: 3 } };
    const none = { name: 'v4', received: 1200, dropped: 0, droppedBy: {} };
    expect(lossNotes([none, few, busy, { ...busy, name: 'v2' }])).toEqual([
      'v3: 3 of 1,200 exchanges were lost by penumbra itself (a gate bears 5 %): 3 restart (in flight when penumbra ended)',
      `a gate answers BIASED: ${tooMuchLost(busy)}`,
      expect.stringMatching(
        /^a gate answers BIASED: 10.8 % of what v2 .*16 restart \(in flight when penumbra ended\)$/,
      ),
    ]);
  });

  it('calls nothing too much of fewer than 100, and what is no number always', () => {
    expect(losesTooMuch({ received: 99, dropped: 99 })).toBe(false);
    expect(losesTooMuch({ received: 100, dropped: 5 })).toBe(false);
    expect(losesTooMuch({ received: 100, dropped: 6 })).toBe(true);
    expect(losesTooMuch({ received: 100, dropped: Number.NaN })).toBe(true);
  });
});
