// Known answers of every kind of watch: what is a hit, what is not, and what is not in n.
import { describe, expect, it } from 'vitest';
import { type About, type FeatureValue, type Sight, type Trait, watchNamed } from '../../../../src/core/watch/index.ts';
import { about, featureOf, late, scoreOf, sightOf } from './sights.ts';

interface Judged {
  readonly counts: readonly (readonly number[])[];
  readonly sides: readonly (string | null)[];
}

/** Looks at these rows in turn and folds them at once. */
function judge(
  kind: string,
  sights: readonly Partial<Sight>[],
  more: { options?: object; about?: Partial<About> } = {},
): Judged {
  const watch = watchNamed(kind, { ...more.options });
  if (watch === undefined) throw new Error(`there is no ${kind} with these options`);
  const of = { ...about, ...more.about };
  const looks = sights.map((sight) => watch.look(sightOf(sight), of)).filter((look): look is Trait => look !== null);
  const { memory, counts } = watch.fold(watch.start(of), looks, of);
  return { counts, sides: watch.sides(memory, of).map(({ words }) => words) };
}

const holding = (...features: FeatureValue[]): Partial<Sight> => ({ features });

describe('all-zero', () => {
  it('hits when all that is held is 0, and leaves out rows without a number', () => {
    const rows = [
      holding(0, 0),
      holding(0, null),
      holding(0n, [0, 0]),
      holding(0, 1e-300),
      holding(null, undefined),
      holding('0', Number.NaN),
    ];
    expect(judge('all-zero', rows).counts).toEqual([[4, 3]]);
  });
});

describe('all-default', () => {
  const features = [featureOf('a', { default: 4.2 }), featureOf('b', { type: 'string', default: 'none' })];
  it('hits when all that is held is its default, single precision included', () => {
    const rows = [
      holding(4.2, 'none'),
      holding(Math.fround(4.2), undefined),
      holding(4.2, 'some'),
      holding(4.3, 'none'),
      holding(null, undefined),
    ];
    expect(judge('all-default', rows, { about: { features } }).counts).toEqual([[4, 2]]);
  });

  it('takes 0 for 0 alone', () => {
    const ofZero = { features: [featureOf('a', { default: 0 })] };
    expect(judge('all-default', [holding(0), holding(1e-9)], { about: ofZero }).counts).toEqual([[2, 1]]);
  });
});

describe('missing', () => {
  it('hits when one is absent, null, NaN or empty, from the first row on that held any', () => {
    const rows = [
      holding(undefined, null),
      holding(1, 2),
      holding(1, null),
      holding(Number.NaN, 2),
      holding(1, []),
      holding([1, null], 2),
      holding(undefined, undefined),
    ];
    expect(judge('missing', rows).counts).toEqual([[6, 5]]);
  });

  it('says nothing of messages that never held any', () => {
    expect(judge('missing', [holding(undefined, undefined), holding(null, null)]).counts).toEqual([[0, 0]]);
  });
});

describe('out-of-range', () => {
  const features = [featureOf('a', { range: [0, 10] }), featureOf('b')];
  it('hits outside a declared range, infinities too, and not on its ends', () => {
    const one = { features: [featureOf('a', { range: [0, 10] })] };
    const rows = [
      holding(0),
      holding(10),
      holding(10.1),
      holding(-1),
      holding(Number.POSITIVE_INFINITY),
      holding([5, 11]),
      holding(null),
    ];
    expect(judge('out-of-range', rows, { about: one }).counts).toEqual([[6, 4]]);
  });

  it('learns the ranges that are not declared, widened by half of their width on either side', () => {
    const window = Array.from({ length: 100 }, (_, index) => holding(99, 20 + (index % 11)));
    const rows = [
      holding(5, 15),
      holding(5, 35),
      holding(5, 14.9),
      holding(5, 35.1),
      holding(11, 20),
      holding(null, 20),
    ];
    const options = { learn: '100 requests' };
    expect(judge('out-of-range', [...window, ...rows], { options, about: { features } }).counts).toEqual([[6, 3]]);
    expect(judge('out-of-range', window, { options, about: { features } }).counts).toEqual([[0, 0]]);
    expect(judge('out-of-range', window.slice(1), { options, about: { features } }).counts).toEqual([]);
  });
});

describe('unseen-category', () => {
  const features = [featureOf('carrier', { type: 'string' }), featureOf('gate', { type: 'string' })];
  const window = Array.from({ length: 100 }, (_, index) => holding(index % 2 === 0 ? 'AA' : 'UA', String(index)));
  it('hits a value that did not occur in the window', () => {
    const rows = [holding('AA', '5'), holding('XX', '5'), holding('UA', 'new'), holding('', '5'), holding(null, null)];
    const options = { known: {}, learn: '100 requests' };
    expect(judge('unseen-category', [...window, ...rows], { options, about: { features } }).counts).toEqual([[4, 3]]);
  });

  it('takes declared values for known, whatever the window held', () => {
    const options = { known: { carrier: ['AA'] }, learn: '100 requests' };
    const rows = [holding('AA', '5'), holding('UA', '5')];
    expect(judge('unseen-category', [...window, ...rows], { options, about: { features } }).counts).toEqual([[2, 1]]);
  });

  it('leaves out a feature with too many values to be categories', () => {
    const many = Array.from({ length: 1001 }, (_, index) => holding('AA', String(index)));
    const options = { known: {}, learn: '1001 requests' };
    const counts = judge(
      'unseen-category',
      [...many, holding('AA', 'new'), holding('XX', 'new'), holding(null, 'new')],
      { options, about: { features } },
    ).counts;
    expect(counts).toEqual([[2, 1]]);
  });
});

describe('row-mismatch', () => {
  it('hits when the rows differ', () => {
    const rows = [
      { rows: { asked: 3, answered: 3 } },
      { rows: { asked: 3, answered: 2 } },
      { rows: { asked: 1, answered: 0 } },
      { rows: null },
    ];
    expect(judge('row-mismatch', rows).counts).toEqual([[3, 2]]);
  });
});

describe('low-confidence and default-match', () => {
  it('judge production as the metrics of these names judge an arm', () => {
    const rows = [0.5, 0.55, 0.7, 0.2].map((score) => ({ prediction: scoreOf(score) }));
    const unknown = { prediction: { ...scoreOf(3), confidence: null } };
    const all = [...rows, unknown, { prediction: null }];
    expect(judge('low-confidence', all, { options: { bar: 0.6 } }).counts).toEqual([[4, 2]]);
    expect(judge('default-match', all, { options: { value: 0.7 } }).counts).toEqual([[5, 1]]);
  });

  it('default-match without a value judges nothing until it was told what an answer to nothing known is', () => {
    const rows = [0.5, 0.7, 0.2].map((score) => ({ prediction: scoreOf(score) }));
    expect(judge('default-match', rows)).toEqual({ counts: [[0, 0]], sides: [null] });
    const watch = watchNamed('default-match', {});
    const memory = watch?.learnDefault?.(watch.start(about), scoreOf(0.7));
    expect(watch?.fold(memory, [0.5, 0.7, 0.2], about)).toEqual({ memory, counts: [[3, 1]] });
    expect(watch?.learnDefault?.(memory, scoreOf(Number.NaN))).toBe(memory);
  });
});

describe('collapse', () => {
  const row = (question: string | null, score: number): Partial<Sight> => ({
    question: () => question,
    prediction: scoreOf(score),
  });
  it('hits the same answer to another question, and asks nothing of the same question', () => {
    const rows = [
      row('a', 0.7),
      row('b', 0.7),
      row('b', 0.7),
      row('c', 0.8),
      row(null, 0.8),
      { prediction: null },
      row('d', 0.8),
    ];
    expect(judge('collapse', rows).counts).toEqual([[3, 2]]);
  });
});

describe('distribution', () => {
  const scores = Array.from({ length: 100 }, (_, index) => ({ prediction: scoreOf(index / 100) }));
  const options = { learn: '100 requests' };
  it('compares scores with the deciles of its window, in both directions', () => {
    const { counts, sides } = judge('distribution', [...scores, ...scores], { options });
    expect(sides.slice(0, 2)).toEqual(['at or below 0.09', 'above 0.09']);
    expect(sides).toHaveLength(26);
    expect(counts.map(([n, hits]) => [n, hits]).slice(0, 4)).toEqual([
      [100, 10],
      [100, 90],
      [100, 20],
      [100, 80],
    ]);
  });

  it('has as limit the reference’s own share and the tolerance, and leaves out what cannot be exceeded', () => {
    const watch = watchNamed('distribution', options);
    const looks = [...Array.from({ length: 98 }, () => 'a'), 'b', 'b'];
    const of: About = { ...about, decision: { ...late, kind: 'label' } };
    const { memory } = watch?.fold(watch.start(of), looks, of) ?? { memory: null };
    expect(watch?.sides(memory, of).map(({ words, tolerance }) => `${words} ${tolerance.toFixed(2)}`)).toEqual([
      'that are not "a" 0.07',
      'that are "b" 0.07',
      'that are none of the frequent labels 0.05',
    ]);
  });

  it('counts a label that the window did not hold among the others', () => {
    const labels = (label: string, count: number) =>
      Array.from({ length: count }, () => ({ prediction: { ...scoreOf(1), kind: 'label' as const, label } }));
    const of = { decision: { ...late, kind: 'label' as const } };
    const { counts } = judge(
      'distribution',
      [...labels('a', 50), ...labels('b', 50), ...labels('new', 3), ...labels('a', 1)],
      { options, about: of },
    );
    expect(counts.at(-1)).toEqual([4, 3]);
  });
});
