// The page's own small computations: what is said of a verdict, the list for labelling, what is remembered, what is read.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const load = (name: string) => import(join(import.meta.dirname, '../../../src/page', name));
const { amount, duration, percent, verdictWords } = await load('words.js');
const { labellingList } = await load('labelling.js');
const { createPoints, shareOf } = await load('points.js');
const { readJson } = await load('api.js');
const { answerText } = await load('answers.js');
const { size } = await load('budget.js');
const { treatmentOf } = await load('treatment.js');
const { biasedRuns, overall } = await load('overview.js');
const { endOf } = await load('picture.js');

describe('words', () => {
  it('say a verdict the same way as the rest of penumbra, and an expected change from its own side', () => {
    expect(verdictWords('HOLDS').words).toBe('within limit');
    expect(verdictWords('VIOLATED').words).toBe('over limit');
    expect(verdictWords('UNDECIDED').words).toBe('not yet known');
    expect(verdictWords('VIOLATED', 'sensitive').words).toBe('below limit');
  });

  it('every verdict has a symbol of its own', () => {
    const verdicts = ['HOLDS', 'VIOLATED', 'UNDECIDED', 'DIFFERENT', 'REGRESSED'];
    expect(new Set(verdicts.map((verdict) => verdictWords(verdict).symbol)).size).toBe(verdicts.length);
  });

  it('write shares in per cent and PSI as a number', () => {
    expect([percent(0.018392), percent(0), percent(null)]).toEqual(['1.84 %', '0 %', '–']);
    expect([amount(0.2, 'psi'), amount(0.2, 'flip')]).toEqual(['0.2', '20 %']);
    expect([duration(5000), duration(600_000), duration(7_200_000)]).toEqual(['5 s', '10 min', '2 h']);
  });
});

describe('a picture of a rate', () => {
  it('ends at a round number beyond the limit and everything else, and at 1 for what cannot be more', () => {
    expect(endOf({ most: 0.008, tolerance: 0.05 })).toBeCloseTo(0.06, 9);
    expect(endOf({ most: 0.648, tolerance: 0.05 })).toBeCloseTo(0.8, 9);
    expect([endOf({ most: 1, tolerance: 0.01 }), endOf({ most: 0, tolerance: null })]).toEqual([1, 1]);
    expect(endOf({ most: 6.11, tolerance: null })).toBe(8);
  });
});

describe('the headline', () => {
  const summary = (verdicts: object, more: object = {}) => ({
    experiments: [
      { name: 'a', run: { verdicts } },
      { name: 'b', run: null },
    ],
    watches: { statuses: {} },
    killed: null,
    ...more,
  });

  it('says of a run that lost too much how much, and that no gate passes on it', () => {
    const run = { verdicts: {}, received: 2000, dropped: 250, losesTooMuch: true };
    const experiments = [
      { name: 'release', run },
      { name: 'well', run: { ...run, dropped: 10, losesTooMuch: false } },
      { name: 'waiting', run: null },
    ];
    expect(biasedRuns({ experiments })).toEqual([
      expect.stringMatching(
        /^penumbra lost more than a gate bears of what an arm of release should have seen: .* no gate passes/,
      ),
    ]);
  });

  it('says the worst first', () => {
    expect(overall(summary({ HOLDS: 2, VIOLATED: 1, UNDECIDED: 3 }))).toMatchObject({
      kind: 'over',
      words: '1 claim over the limit · 3 not yet known · 2 within the limit',
    });
    expect(overall(summary({ HOLDS: 2 }, { watches: { statuses: { REGRESSED: 1 } } })).kind).toBe('over');
  });

  it('never says that all is well before something is proven', () => {
    expect(overall(summary({})).kind).toBe('open');
    expect(overall(summary({ UNDECIDED: 1, HOLDS: 5 })).kind).toBe('open');
    expect(overall(summary({ HOLDS: 5 })).kind).toBe('within');
    expect(overall(summary({ HOLDS: 5 }, { killed: {} })).kind).toBe('open');
  });
});

describe('the labelling list', () => {
  const sample = {
    runId: 'r',
    arm: 'v2',
    exchangeId: 'x-1',
    at: 0,
    what: 'late: true became false',
    applied: ['zero delay'],
    sent: { delay: 0 },
    features: { delay: -3, carrier: '=HYPERLINK("x")' },
    production: { late: { kind: 'binary', label: 'true', scores: [0.9] } },
    answer: { status: 'timeout', reason: 'deadline' },
  };

  it('has a line a sample, with an empty column for the truth', () => {
    const [head, line] = labellingList([sample]).split('\r\n');
    expect(head).toBe(
      'run,request,time,arm,what_differed,what_was_done,feature:delay,feature:carrier,production_answered,arm_answered,true_label',
    );
    expect(line).toBe(
      `r,x-1,1970-01-01T00:00:00.000Z,v2,late: true became false,zero delay (delay: -3 → 0),-3,"'=HYPERLINK(""x"")",late: true (score 0.9),timeout (deadline),`,
    );
  });

  it.each(['=1+1', '+1', '@x', '-1+cmd'])('a spreadsheet will not run %s', (text) => {
    expect(labellingList([{ ...sample, exchangeId: text }])).toContain(`r,'${text},`);
  });
});

describe('what was done to a request', () => {
  it('is nothing for an arm that is left alone, and says what is missing', () => {
    expect(treatmentOf({ features: { delay: 1 } })).toEqual({ applied: [], changes: [] });
    expect(treatmentOf({ applied: ['drop delay'], sent: { delay: null }, features: { delay: 1 } }).changes).toEqual([
      'delay: 1 → missing',
    ]);
  });
});

describe('a budget', () => {
  it('says sizes in the units of the config', () => {
    expect([0, 512, 4 * 1024 ** 2, 10.5 * 1024 ** 2, 2 ** 50].map(size)).toEqual([
      '0 B',
      '512 B',
      '4 MiB',
      '10.5 MiB',
      '1050000 GiB',
    ]);
  });
});

describe('what is remembered', () => {
  const claim = {
    id: 'c',
    generation: 0,
    n: 0,
    estimate: 0.1,
    interval: [0, 1],
    logEUp: 1,
    logEDown: 2,
    logEUpNeeded: 4,
    logEDownNeeded: 4,
  };
  const run = (n: number, more = {}) => ({ id: 'r', arms: [{ hypotheses: [{ ...claim, n, ...more }] }] });

  it('is one point for every change, from the first to the last, however long the page is open', () => {
    const points = createPoints();
    for (let n = 0; n < 5000; n++) points.add(run(Math.floor(n / 2)), n);
    const kept = points.of({ id: 'r' }, claim);
    expect(kept.length).toBeLessThanOrEqual(400);
    expect([kept[0].n, kept.at(-1).n]).toEqual([0, 2499]);
    expect(kept[0]).toMatchObject({ over: 0.25, within: 0.5 });
  });

  it('begins anew with another version', () => {
    const points = createPoints();
    points.add(run(1), 1);
    points.add(run(1, { generation: 1 }), 2);
    expect(points.of({ id: 'r' }, { ...claim, generation: 1 })).toHaveLength(1);
  });

  it('shows less than nothing as nothing, and what cannot be drawn not at all', () => {
    expect([shareOf(-3, 4), shareOf(99, 4), shareOf(Number.POSITIVE_INFINITY, 4), shareOf(1, 0)]).toEqual([
      0,
      1.5,
      null,
      null,
    ]);
  });
});

describe('what is read', () => {
  it('numbers that JSON does not know become words, and texts stay as they are', () => {
    expect(readJson('{"a":NaN,"b":[-Infinity,1],"c":"NaN, \\"Infinity"}')).toEqual({
      a: 'NaN',
      b: ['-Infinity', 1],
      c: 'NaN, "Infinity',
    });
  });

  it('answers are said shortly, whatever their kind', () => {
    expect(answerText({ d: { kind: 'classes', label: '3', scores: [0.1, 0.9], confidence: 0.9 } })).toBe(
      'd: 3 (confidence 0.9)',
    );
    expect(answerText({ d: { kind: 'regression', label: '', scores: [], value: 12.3456789 } })).toBe('d: 12.3457');
    expect(answerText({ status: 'unavailable', reason: null })).toBe('unavailable');
    expect(answerText(null)).toBe('null');
  });
});
