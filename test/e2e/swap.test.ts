// Two versions behind one arm: one stream about the pair of them, bounded flips and loud judged on it, and a new stream when one changes.
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const swap = 'faults: [{swap: {url: "http://127.0.0.1:9"}, share: 50%}]';
const settings = { stopWhen: '["production.p99 above 10s"]', maxTime: '10m' };
const { start } = useComparators({
  arms: { control: '', half: swap },
  expect: { 'half.late': 'silentWrong: at most 1%, relation: loud, minActed: 50', half: 'error: at most 60%' },
  settings: { ...settings, warmUp: '40' },
});

let sent = 0;
async function deliver(t: TestComparator, count: number, second: number): Promise<void> {
  for (let n = 0; n < count; n++) t.deliver(`s-${sent++}`);
  await t.at(second);
}

const streamsOf = (t: TestComparator) =>
  t.store.streams(t.run().id).map(({ hypothesis, generation, state, armVersion }) => {
    return [hypothesis, generation, state, armVersion].join(' ');
  });

describe('an arm that swaps', () => {
  it('has one stream about both versions, and is silently wrong only where the other one answered', async () => {
    const t = await start({
      answers: {
        half: () => ({ score: 0.9, version: 'v1' }),
        'half other': () => ({ score: 0.1, version: 'v2' }),
      },
    });
    await deliver(t, 40, 1);
    expect([t.asked.half?.length, t.asked['half other']?.length].every((count = 0) => count > 5)).toBe(true);
    await deliver(t, 400, 13);
    expect(t.hypothesis('half.late.silent-wrong.loud')).toMatchObject({
      verdict: 'VIOLATED',
      armVersion: 'v1+v2',
      generation: 1,
      estimate: 1,
    });
    expect(t.run().supersededStreams).toBe(0);
    const asked = new Set(t.asked.half);
    expect(t.asked['half other']?.some((id) => asked.has(id))).toBe(false);
    expect((t.asked.half?.length ?? 0) + (t.asked['half other']?.length ?? 0)).toBe(440);
  });

  it('starts anew when one of the two becomes another version', async () => {
    let version = 'v2';
    const t = await start({ answers: { 'half other': () => ({ score: 0.9, version }) } });
    await deliver(t, 40, 1);
    await deliver(t, 100, 13);
    version = 'v3';
    await deliver(t, 100, 23);
    expect(streamsOf(t)).toContain('half.error 1 SUPERSEDED a1+v2');
    expect(streamsOf(t)).toContain('half.error 2 OPEN a1+v3');
  });

  it('goes to and fro by the clock, and closes both at the end', async () => {
    const t = await start({
      arms: { control: '', half: 'faults: [{swap: {url: "http://127.0.0.1:9"}, every: 20s}]' },
      expect: { 'half.late': 'flip: at most 80%, required: false' },
      answers: { 'half other': () => ({ score: 0.1, version: 'v2' }) },
    });
    await deliver(t, 40, 1);
    const warm = [t.asked.half, t.asked['half other']].map((asked) => asked?.length ?? 0);
    for (let second = 2; second <= 82; second += 5) await deliver(t, 20, second);
    await t.at(100);
    const counts = [t.asked.half, t.asked['half other']].map(
      (asked, index) => (asked?.length ?? 0) - (warm[index] ?? 0),
    );
    const [own = 0, other = 0] = counts;
    expect(own + other).toBe(17 * 20);
    expect(Math.abs(own - other)).toBeLessThanOrEqual(40);
    expect(t.hypothesis('half.late.flip').estimate).toBeCloseTo(other / (own + other), 2);
  });
});
