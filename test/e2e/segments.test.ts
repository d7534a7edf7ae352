// Segments: what is wrong for a few is found although it hides in the whole; late outcomes know their segment; nothing is lost by a restart.
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

/** The candidate is wrong for JFK alone: every request whose id says so. */
const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late per origin': 'flip: at most 5%', 'candidate.late': 'flip: at most 50%, required: false' },
  answers: { candidate: (id: string) => ({ score: id.startsWith('JFK') ? 0.1 : 0.9 }) },
  settings: { maxPairs: '100000' },
  top: { segments: '{origin: {header: x-origin}}' },
};
const { running, start } = useComparators(trial);
const perOrigin = 'candidate.late.flip@origin';

let sent = 0;

function deliver(t: TestComparator, origin: string, count: number): string[] {
  return Array.from({ length: count }, () => {
    sent += 1;
    const id = `${origin}-${sent}`;
    t.deliver({ id, headers: { 'x-origin': origin } });
    return id;
  });
}

const summary = (t: TestComparator, id = perOrigin) =>
  Object.fromEntries(t.hypothesis(id).segments.map(({ segment, verdict, n }) => [segment, `${n} ${verdict}`]));

describe('a claim per segment', () => {
  it('finds the one origin that is wrong, which the whole hides', async () => {
    const t = await start();
    deliver(t, 'EWR', 900);
    deliver(t, 'JFK', 20);
    deliver(t, 'rare', 9);
    await t.at(13);
    expect(summary(t)).toEqual({ EWR: '900 HOLDS', JFK: '20 VIOLATED', other: '9 UNDECIDED' });
    expect(t.hypothesis(perOrigin)).toMatchObject({ verdict: 'VIOLATED', n: 929, required: false });
    expect(t.hypothesis(perOrigin).sentence).toMatch(
      /^flip rate per origin is over the limit of 5 % in 1 of 3 segments: JFK 100 % \[.*\] \(decided after 929 requests\)$/,
    );
    expect(t.hypothesis('candidate.late.flip').verdict).toBe('HOLDS');
  });

  it('holds when every segment does, and says until then which do not', async () => {
    const t = await start({ top: { segments: '{origin: {header: x-origin, values: [EWR, LGA]}}' } });
    deliver(t, 'EWR', 200);
    await t.at(13);
    expect(t.hypothesis(perOrigin).sentence).toMatch(/not yet shown in 1 of 2 segments: LGA \(0 requests\)$/);
    deliver(t, 'LGA', 200);
    await t.at(33);
    expect(t.hypothesis(perOrigin)).toMatchObject({ verdict: 'HOLDS', decidedAt: 400 });
    expect(t.hypothesis(perOrigin).sentence).toContain('in all 2 segments');
  });

  it('counts what has no origin, or a name too many, as other', async () => {
    const t = await start({ top: { segments: '{origin: {header: x-origin, most: 2, atLeast: 1}}' } });
    for (let tenant = 0; tenant < 50; tenant++) deliver(t, `tenant-${tenant}`, tenant < 2 ? 2 : 1);
    t.deliver('nowhere');
    await t.at(13);
    expect(summary(t)).toEqual({ 'tenant-0': '2 UNDECIDED', 'tenant-1': '2 UNDECIDED', other: '49 UNDECIDED' });
  });

  it('reads numbers out of declared inputs and values out of the body', async () => {
    const t = await start({
      expect: { 'candidate.late per speed': 'flip: at most 5%', 'candidate.late per size': 'flip: at most 5%' },
      top: { segments: '{speed: {input: speed, edges: [0, 100]}, size: {at: /inputs/0/shape/0}}' },
    });
    for (const feature of [-1, 50, 60, 1000]) t.deliver({ id: `f${feature}`, feature });
    await t.at(13);
    expect(summary(t, 'candidate.late.flip@speed')).toMatchObject({
      'below 0': '1 UNDECIDED',
      '0 to 100': '2 UNDECIDED',
      '100 and above': '1 UNDECIDED',
    });
    expect(summary(t, 'candidate.late.flip@size')).toEqual({ other: '4 UNDECIDED' });
  });

  it('joins late true outcomes to the segment of their request', async () => {
    const t = await start({
      expect: { 'candidate.late per origin': 'worse: at most 5%' },
      settings: { maxTime: '10m' },
      top: { segments: '{origin: {header: x-origin, values: [EWR, JFK]}}' },
    });
    const ids = [...deliver(t, 'EWR', 30), ...deliver(t, 'JFK', 30)];
    await t.at(15);
    t.app.comparator.recordOutcomes(ids.map((id) => ({ id, decision: null, value: true })));
    await t.at(30);
    expect(summary(t, 'candidate.late.worse@origin')).toMatchObject({ EWR: '30 UNDECIDED', JFK: '30 VIOLATED' });
  });

  it('goes on exactly after a crash', async () => {
    const steady = await start();
    const first = await start();
    for (const t of [steady, first]) {
      for (const [origin, count] of [
        ['EWR', 100],
        ['JFK', 12],
      ] as const)
        deliver(t, origin, count);
      await t.at(13);
    }
    const second = await first.crash();
    running.splice(running.indexOf(first), 1, second);
    for (const t of [steady, second]) {
      for (const [origin, count] of [
        ['LGA', 40],
        ['EWR', 50],
      ] as const)
        deliver(t, origin, count);
      await t.at(33);
    }
    expect(second.hypothesis(perOrigin).segments).toEqual(steady.hypothesis(perOrigin).segments);
    expect(summary(second)).toMatchObject({ EWR: '150 HOLDS', JFK: '12 VIOLATED', LGA: '40 UNDECIDED' });
  });
});
