// Batches: one request of many rows is one observation, whatever its rows say; rows that are missing are seen.
import { describe, expect, it } from 'vitest';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: {
    'candidate.late': 'flip: at most 5%, required: false',
    candidate: 'missingRows: at most 5%, required: false',
  },
  settings: { rows: 'batch' },
};
const { start } = useComparators(trial);
const flip = 'candidate.late.flip';

describe('a batch', () => {
  it('is one observation: the share of its rows that flipped', async () => {
    const scores = [0.9, 0.1, 0.9, 0.9];
    const t = await start({ answers: { candidate: () => ({ scores }) } });
    for (let index = 0; index < 10; index++) t.deliver({ id: `b${index}`, rows: 4 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ n: 10 });
    expect(t.hypothesis(flip).estimate).toBeCloseTo(0.25, 2);
    expect(t.run().arms[1]?.conservation).toMatchObject({ received: 10, compared: 10, skipped: {} });
  });

  it('that is wrong as a whole weighs as much as one that is a single row: 100 rows are no 100 proofs', async () => {
    let asked = 0;
    const candidate = () => {
      asked += 1;
      return { scores: new Array<number>(100).fill(asked === 1 ? 0.1 : 0.9) };
    };
    const t = await start({ answers: { candidate } });
    for (let index = 0; index < 40; index++) t.deliver({ id: `b${index}`, rows: 100 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ n: 40, verdict: 'UNDECIDED' });
    expect(t.hypothesis(flip).estimate).toBeCloseTo(1 / 40, 3);
  });

  it('with rows left out is read as far as it goes, and what is missing is counted', async () => {
    const t = await start({ answers: { candidate: () => ({ scores: [0.9, 0.9] }) } });
    for (let index = 0; index < 30; index++) t.deliver({ id: `b${index}`, rows: 4 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ n: 30, estimate: 0 });
    expect(t.hypothesis('candidate.missing-rows')).toMatchObject({ n: 30, verdict: 'VIOLATED' });
    expect(t.hypothesis('candidate.missing-rows').estimate).toBeCloseTo(0.5, 2);
  });

  it('without a single row that can be read is an invalid answer', async () => {
    const t = await start({ answers: { candidate: () => 'garbage' } });
    t.deliver({ id: 'b', rows: 4 });
    await t.at(13);
    expect(t.run().arms[1]?.statuses).toEqual({ invalid: 1 });
  });

  it('compared with the control is averaged on both sides', async () => {
    const answers = {
      control: () => ({ scores: [0.9, 0.9, 0.1, 0.9] }),
      candidate: () => ({ scores: [0.1, 0.1, 0.1, 0.9] }),
    };
    const t = await start({
      expect: { 'candidate.late': 'flip: no more than control + 5%, required: false' },
      answers,
    });
    for (let index = 0; index < 100; index++) t.deliver({ id: `b${index}`, rows: 4 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ n: 100, verdict: 'VIOLATED' });
    expect(t.hypothesis(flip).estimate).toBeCloseTo(0.5, 2);
    expect(t.hypothesis('candidate.late.different').verdict).toBe('DIFFERENT');
  });

  it('may have one row, like any request', async () => {
    const t = await start({ answers: { candidate: () => ({ score: 0.1 }) } });
    t.deliver({ id: 'single' });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ n: 1, estimate: 1 });
  });
});

describe('what a batch cannot say', () => {
  it.each([
    ['a place in a distribution', { 'candidate.late': 'pairedKs: at most 2%' }],
    ['a true outcome', { 'candidate.late': 'worse: at most 2%' }],
  ])('is refused: %s', async (_, expectation) => {
    await expect(start({ expect: expectation })).rejects.toThrow(/rows: batch cannot judge candidate\.late\./);
  });
});
