// From config text to verdict: every metric of the answers, on an arm that answers as production does and on one that does not.
import { afterEach, describe, expect, it } from 'vitest';
import { createComparatorForTest, type TestComparator } from '../support/comparator.ts';
import type { Answers, Script } from '../support/scripted-target.ts';

const requests = 1200;
const running: TestComparator[] = [];

/** Sure scores on both sides of the threshold, no two neighbours alike. */
const scoreOf = (index: number): number => {
  const place = ((index * 37) % 101) / 101;
  return index % 2 === 0 ? 0.02 + 0.25 * place : 0.73 + 0.25 * place;
};
const indexOf = (id: string): number => Number(id.slice(1));
const asProduction: Answers = (id) => ({ score: scoreOf(indexOf(id)) });
/** It knows nothing, and says so to everybody. */
const knowsNothing: Answers = () => ({ score: 0.5 });
const shifted: Answers = (id) => ({ score: scoreOf(indexOf(id)) + 0.1 });

interface Trial {
  readonly claims: string;
  readonly candidate: Answers;
  readonly control?: Answers;
  readonly subject?: string;
  readonly count?: number;
}

async function judged({
  claims,
  candidate,
  control = asProduction,
  subject = 'candidate.late',
  count = requests,
}: Trial) {
  const t = await createComparatorForTest({
    arms: { control: '', candidate: '' },
    expect: { [subject]: claims },
    answers: { control, candidate },
    settings: { maxTime: '10m' },
  });
  running.push(t);
  for (let index = 0; index < count; index++) {
    if (index % 150 === 0) await t.at(index / 150);
    // Requests of one moment count in the order of their ids.
    t.deliver({ id: `r${String(index).padStart(4, '0')}`, score: scoreOf(index) });
  }
  await t.at(13);
  return t;
}

const verdictsOf = (t: TestComparator): Record<string, string> =>
  Object.fromEntries(
    (t.run().arms.find(({ name }) => name === 'candidate')?.hypotheses ?? [])
      .filter(({ automatic }) => !automatic)
      .map(({ metric, verdict }) => [metric, verdict]),
  );

const all = (verdict: string, metrics: readonly string[]): Record<string, string> =>
  Object.fromEntries(metrics.map((metric) => [metric, verdict]));

afterEach(async () => {
  for (const comparator of running.splice(0)) {
    expect(comparator.errors).toEqual([]);
    await comparator.stop();
  }
});

describe('against a fixed limit', () => {
  const claims = [
    'lowConfidence: {bar: 0.7, share: at most 5%}',
    'confidenceFall: at most 5%',
    'defaultMatch: {value: 0.5, share: at most 5%}',
    'collapse: at most 5%',
    'meanDifference: at most 5%',
    'pairedKs: at most 5%',
    'psi: at most 0.2',
  ].join(', ');
  const names = [
    'low-confidence',
    'confidence-fall',
    'default-match',
    'collapse',
    'mean-difference',
    'paired-ks',
    'psi',
  ];

  it('an arm that answers as production does is within every one', async () => {
    const t = await judged({ claims, candidate: asProduction });
    expect(verdictsOf(t)).toEqual(all('HOLDS', names));
    // The first request of a bucket follows none.
    expect(t.hypothesis('candidate.late.collapse').n).toBe(requests - 1);
    expect(t.hypothesis('candidate.late.psi').sentence).toMatch(/^PSI 0 \[0, 0\.\d+\] is within the limit of 0\.2/);
  });

  it('an arm that answers its default to everybody is over every one', async () => {
    const t = await judged({ claims, candidate: knowsNothing });
    expect(verdictsOf(t)).toEqual(all('VIOLATED', names));
    expect(t.hypothesis('candidate.late.default-match')).toMatchObject({ n: requests, estimate: 1 });
    expect(t.hypothesis('candidate.late.mean-difference').sentence).toMatch(
      /^mean difference 35\.\d % .* is over the limit of 5 %/,
    );
  });

  it('few requests decide nothing, and a limit on PSI says what decides sooner', async () => {
    const t = await judged({ claims, candidate: asProduction, count: 20 });
    expect(verdictsOf(t)).toEqual(all('UNDECIDED', names));
    expect(t.hypothesis('candidate.late.psi').sentence).toMatch(/more requests at this PSI; .*paired KS/);
    expect(t.hypothesis('candidate.late.paired-ks').sentence).toMatch(/more requests at this distance$/);
  });

  it('failures are in none of them', async () => {
    const fails: Answers = (id) => (indexOf(id) % 2 === 0 ? { fails: 'error' } : (asProduction(id) as Script));
    const t = await judged({ claims, candidate: fails });
    const { hypotheses } = t.run().arms.find(({ name }) => name === 'candidate') ?? { hypotheses: [] };
    const counted = hypotheses.filter(({ automatic }) => !automatic).map(({ metric, n }) => [metric, n]);
    expect(Object.fromEntries(counted)).toEqual({
      ...Object.fromEntries(names.map((name) => [name, requests / 2])),
      // It never answered two in a row.
      collapse: 0,
    });
  });
});

describe('against the control', () => {
  const beyond = 'no more than control + 5%';
  const claims = [
    `lowConfidence: {bar: 0.7, share: ${beyond}}`,
    `confidenceFall: ${beyond}`,
    `defaultMatch: {value: 0.5, share: ${beyond}}`,
    `collapse: ${beyond}`,
    `meanDifference: ${beyond}`,
    `pairedKs: ${beyond}`,
  ].join(', ');
  const names = ['low-confidence', 'confidence-fall', 'default-match', 'collapse', 'mean-difference', 'paired-ks'];

  it('what the control does too is within every limit', async () => {
    const t = await judged({ claims, candidate: knowsNothing, control: knowsNothing });
    expect(verdictsOf(t)).toEqual(all('HOLDS', names));
  });

  it('what the arm alone does is over every limit', async () => {
    const t = await judged({ claims, candidate: knowsNothing });
    expect(verdictsOf(t)).toEqual(all('VIOLATED', names));
    expect(t.hypothesis('candidate.late.paired-ks').sentence).toMatch(/ from the control is over the limit of 5 %/);
  });
});

describe('bias', () => {
  it.each([
    ['as production', asProduction, 'HOLDS'],
    ['shifted by 0.1', shifted, 'VIOLATED'],
    ['as unsure of either side, which is no shift', knowsNothing, 'HOLDS'],
  ] as const)('of an arm that answers %s', async (_, candidate, verdict) => {
    const t = await judged({ claims: 'bias: at most 5%', candidate });
    expect(verdictsOf(t)).toEqual({ bias: verdict });
  });
});

describe('a difference that is expected', () => {
  it.each([
    ['shifted', shifted, 'HOLDS'],
    ['as production', asProduction, 'VIOLATED'],
  ] as const)('of an arm that answers %s', async (_, candidate, verdict) => {
    const t = await judged({ claims: 'meanDifference: at least 5%, pairedKs: at least 5%', candidate });
    expect(verdictsOf(t)).toEqual({ 'mean-difference': verdict, 'paired-ks': verdict });
  });
});

describe('missing rows', () => {
  it('of whole answers there are none, and an answer that cannot be read is invalid', async () => {
    const garbled: Answers = (id) => (indexOf(id) % 10 === 0 ? 'garbage' : asProduction(id));
    const t = await judged({
      claims: 'missingRows: at most 5%, invalid: at most 5%',
      candidate: garbled,
      subject: 'candidate',
    });
    expect(verdictsOf(t)).toEqual({ 'missing-rows': 'HOLDS', invalid: 'VIOLATED' });
  });
});
