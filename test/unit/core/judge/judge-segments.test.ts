import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeStream, newStreamState, type StreamState } from '../../../../src/core/judge/judge-stream.ts';
import { onsetsOf } from '../../../../src/core/judge/late-onset-of.ts';
import { segmentOf } from '../../../../src/core/judge/segment.ts';
import { mergeCounts } from '../../../../src/core/stats/statistic.ts';
import type { Counts, Segmentation } from '../../../../src/model.ts';
import { hypothesisOf } from './hypotheses.ts';

const declared: Segmentation = {
  name: 'origin',
  source: { type: 'header', header: 'x-origin' },
  values: ['EWR', 'JFK'],
  edges: null,
  most: 20,
  atLeast: 10,
};
const appearing: Segmentation = { ...declared, values: null, most: 3 };
const hypothesis = hypothesisOf({ segmentation: 'origin' });

type Bucket = Readonly<Record<string, Counts>>;

function judgeAll(segmentation: Segmentation, buckets: readonly Bucket[]): StreamState {
  return buckets.reduce(
    (state, bucket) => {
      const segments = new Map(Object.entries(bucket));
      const counts = Object.values(bucket).reduce(mergeCounts, [0, 0]);
      return judgeStream(state, { added: { counts, segments }, hypothesis, segmentation }).state;
    },
    newStreamState(2, { segmentation }),
  );
}

const verdicts = ({ segments }: StreamState) => Object.fromEntries(segments.map((one) => [one.segment, one.verdict]));
const sizes = ({ segments }: StreamState) => Object.fromEntries(segments.map((one) => [one.segment, one.counts[0]]));

describe('a claim judged in each segment', () => {
  it('holds when every declared segment is proven, not when most are', () => {
    const most = judgeAll(declared, [{ EWR: [600, 0], JFK: [557, 0] }]);
    expect(most.verdict).toBe('UNDECIDED');
    expect(verdicts(most)).toEqual({ EWR: 'HOLDS', JFK: 'UNDECIDED', other: 'UNDECIDED' });
    expect(judgeAll(declared, [{ EWR: [600, 0], JFK: [558, 0] }])).toMatchObject({ verdict: 'HOLDS', decidedAt: 1158 });
  });

  it('does not hold for a declared segment that nobody was in, and says which', () => {
    const { state, missing } = judgeStream(newStreamState(2, { segmentation: declared }), {
      added: { counts: [600, 0], segments: new Map([['EWR', [600, 0]]]) },
      hypothesis,
      segmentation: declared,
    });
    expect(state.verdict).toBe('UNDECIDED');
    expect(missing).toEqual(['not yet shown in 1 of 2 segments: JFK (0 requests)']);
  });

  it('is violated by one segment that the whole hides, and flags that one alone', () => {
    const state = judgeAll(declared, [{ EWR: [20_000, 20], JFK: [300, 40] }]);
    expect(state.verdict).toBe('VIOLATED');
    expect(verdicts(state)).toMatchObject({ EWR: 'HOLDS', JFK: 'VIOLATED' });
    const together = judgeStream(newStreamState(2), { added: { counts: state.counts }, hypothesis: hypothesisOf() });
    expect(together.state.verdict).toBe('HOLDS');
  });

  it('latches while the flags follow the present', () => {
    const state = judgeAll(declared, [{ JFK: [300, 40] }, { JFK: [60_000, 0] }]);
    expect(state.verdict).toBe('VIOLATED');
    expect(verdicts(state).JFK).toBe('HOLDS');
  });

  it('counts undeclared values as other', () => {
    expect(sizes(judgeAll(declared, [{ LGA: [50, 0], EWR: [5, 0] }]))).toEqual({ EWR: 5, JFK: 0, other: 50 });
  });
});

describe('segments that appear', () => {
  it('become a series with enough requests in one bucket; rare ones are other', () => {
    const state = judgeAll(appearing, [
      { EWR: [12, 0], JFK: [9, 0] },
      { EWR: [1, 0], JFK: [10, 0] },
    ]);
    expect(sizes(state)).toEqual({ EWR: 13, other: 9, JFK: 10 });
  });

  it('are at most so many, the busiest first, however many names are sent', () => {
    const names = Array.from({ length: 1000 }, (_, index) => [`tenant-${index}`, [10 + index, 0]] as const);
    const state = judgeAll(appearing, [Object.fromEntries(names)]);
    expect(state.segments.map(({ segment }) => segment)).toEqual(['tenant-999', 'tenant-998', 'tenant-997', 'other']);
  });

  it('gives the same state however the counts of a bucket were put together', () => {
    const bucket = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.tuple(fc.nat(40), fc.nat(3)));
    fc.assert(
      fc.property(fc.array(bucket, { maxLength: 5 }), (drawn) => {
        const buckets = drawn.map((one) =>
          Object.fromEntries(Object.entries(one).map(([name, [n, hits]]) => [name, [n + hits, hits]])),
        );
        const shuffled = buckets.map((one) => Object.fromEntries(Object.entries(one).reverse()));
        expect(JSON.stringify(judgeAll(appearing, shuffled))).toBe(JSON.stringify(judgeAll(appearing, buckets)));
      }),
    );
  });

  it('resumes exactly from a stored state', () => {
    const buckets = [{ a: [30, 1] }, { b: [12, 0], c: [3, 0] }, { c: [11, 4], a: [2, 0] }];
    const half = JSON.parse(JSON.stringify(judgeAll(appearing, buckets.slice(0, 2)))) as StreamState;
    const added = { counts: [13, 4], segments: new Map(Object.entries(buckets[2] as Bucket)) };
    const resumed = judgeStream(half, { added, hypothesis, segmentation: appearing }).state;
    expect(resumed).toEqual(judgeAll(appearing, buckets));
  });
});

describe('late onset', () => {
  const experiment = { hypotheses: [hypothesis], epochMs: 86_400_000, bucketMs: 10_000 };
  const onset = onsetsOf(experiment, [declared]).get(hypothesis.id) ?? null;

  it('in one segment revokes HOLDS, and clears when it is well again', () => {
    const step = (state: StreamState, jfk: Counts): StreamState => {
      const segments = new Map([
        ['EWR', [100, 0]],
        ['JFK', jfk],
      ]);
      const added = { counts: [100 + (jfk[0] ?? 0), jfk[1] ?? 0], segments };
      return judgeStream(state, { added, hypothesis, segmentation: declared, onset }).state;
    };
    const times = (count: number, state: StreamState, jfk: Counts): StreamState =>
      Array.from({ length: count }).reduce<StreamState>((now) => step(now, jfk), state);
    const well = times(300, newStreamState(2, { segmentation: declared, onset }), [100, 0]);
    expect(well.verdict).toBe('HOLDS');
    const ill = times(8, well, [100, 6]);
    expect(ill.verdict).toBe('REGRESSED');
    expect(ill.segments.map(({ lateOnset }) => lateOnset?.isRegressed)).toEqual([false, true, false]);
    expect(times(60, ill, [100, 0]).verdict).toBe('HOLDS');
  });

  it('shares one false alarm a year among the detectors of all segments', () => {
    const single = onsetsOf({ ...experiment, hypotheses: [hypothesisOf()] }, [declared]).get(hypothesis.id);
    expect(onset?.threshold).toBe(3 * (single?.threshold ?? 0));
  });

  it('is watched for in a continuous experiment alone', () => {
    expect(onsetsOf({ ...experiment, epochMs: null }, [declared]).size).toBe(0);
  });
});

describe('the segment of a value', () => {
  const byDelay: Segmentation = { ...declared, values: null, edges: [0, 60, 180] };

  it.each([
    [-0.5, 'below 0'],
    [0, '0 to 60'],
    ['59.9', '0 to 60'],
    [60, '60 to 180'],
    [1e9, '180 and above'],
    [Number.POSITIVE_INFINITY, '180 and above'],
    [Number.NaN, 'other'],
    ['', 'other'],
    ['soon', 'other'],
    [null, 'other'],
    [[], 'other'],
  ])('with edges: %j is %s', (raw, segment) => expect(segmentOf(byDelay, raw)).toBe(segment));

  it.each([
    ['JFK', 'JFK'],
    [' JFK ', 'JFK'],
    [7, '7'],
    [true, 'true'],
    [undefined, 'other'],
    [{}, 'other'],
    ['x'.repeat(65), 'other'],
    [Number.NaN, 'other'],
  ])('appearing: %j is %s', (raw, segment) => expect(segmentOf(appearing, raw)).toBe(segment));

  it('declared: what is not listed is other', () => {
    expect(['EWR', 'LGA'].map((raw) => segmentOf(declared, raw))).toEqual(['EWR', 'other']);
  });
});

describe('what an arm cannot do', () => {
  const ownJudge = (buckets: readonly { ok: Counts; requests: number }[]): StreamState =>
    buckets.reduce<StreamState>(
      (state, { ok, requests }) => {
        const segments = new Map([
          ['EWR', [100, 0]],
          ['JFK', ok],
        ]);
        const counts = [100 + (ok[0] ?? 0), ok[1] ?? 0];
        const seen = new Map([
          ['EWR', 100],
          ['JFK', requests],
        ]);
        return judgeStream(state, { added: { counts, segments, requests: seen }, hypothesis, segmentation: appearing })
          .state;
      },
      newStreamState(2, { segmentation: appearing }),
    );

  it('is hide a segment by failing in it: its requests make it a series, and HOLDS waits for it', () => {
    const hidden = ownJudge(Array.from({ length: 60 }, () => ({ ok: [3, 0], requests: 50 })));
    expect(sizes(hidden)).toEqual({ EWR: 6000, JFK: 180 });
    expect(hidden.verdict).toBe('UNDECIDED');
  });
});

describe('rare segments', () => {
  it('that came once do not keep HOLDS out of reach, but speak for VIOLATED', () => {
    const busy = Array.from({ length: 60 }, () => ({ EWR: [50, 0], JFK: [30, 0] }) as Bucket);
    expect(judgeAll(appearing, [{ LGA: [12, 0] }, ...busy]).verdict).toBe('HOLDS');
    expect(judgeAll(appearing, [{ LGA: [12, 9] }, ...busy]).verdict).toBe('VIOLATED');
    expect(judgeAll(appearing, [{ odd: [3, 0], strange: [4, 0] }, ...busy]).verdict).toBe('HOLDS');
  });

  it('that make up the traffic are waited for, also when they are many', () => {
    const names = Array.from({ length: 40 }, (_, index) => [`tenant-${index}`, [9, 0]] as const);
    const scattered = Object.fromEntries(names) as Bucket;
    const state = judgeAll(
      appearing,
      Array.from({ length: 3 }, () => ({ EWR: [300, 0], ...scattered })),
    );
    expect(verdicts(state).EWR).toBe('HOLDS');
    expect(sizes(state)).toEqual({ EWR: 900, other: 1080 });
    expect(state.verdict).toBe('HOLDS');
    expect(judgeAll(appearing, [{ EWR: [900, 0], ...scattered }]).verdict).toBe('UNDECIDED');
  });

  it('have room as soon as they are known, whoever floods the bucket with names', () => {
    const flood = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`a-${index}`, [9, 0]])) as Bucket;
    const state = judgeAll(appearing, [{ JFK: [50, 0] }, { ...flood, JFK: [50, 3] }]);
    expect(sizes(state)).toEqual({ JFK: 100, other: 27_000 });
  });
});
