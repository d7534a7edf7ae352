// What the doctor says of sources that deliver, that lose, and that nobody uses; and of limits that runs meet.
import { describe, expect, it } from 'vitest';
import { limitFindings, sourceFindings } from '../../../../src/commands/doctor/sources.ts';
import { lossRemedy } from '../../../../src/core/judge/losses.ts';

const one = (name: string, seen: Record<string, number>, losses: Record<string, number>) =>
  sourceFindings([{ name, seen, losses }])[0];

describe('a source', () => {
  it('that loses nothing is well', () => {
    expect(one('mirror', { requests: 500, own_call: 3 }, { no_id: 0, malformed: 0 })).toEqual({
      about: 'mirror',
      verdict: 'ok',
      text: '500 mirrored requests, none lost',
    });
  });

  it('that nobody uses is told, with where to look', () => {
    expect(one('cloudevents', { events: 0 }, { malformed: 0 })).toMatchObject({
      verdict: 'warning',
      text: 'nothing has come yet: does the logger’s url name this comparator, with /v1/cloudevents?',
    });
  });

  it.each([
    [
      'join',
      { joined: 90 },
      { no_answer: 8, full: 2 },
      'warning',
      /^100 halves or pairs, 10 lost: no_answer \(8\), full \(2\); no_answer: .*source\.join\.id.*join: {unanswered: failed}/,
    ],
    ['join', { joined: 10 }, { full: 80 }, 'failure', /source\.join\.memory/],
    [
      'file',
      { lines: 247, exchanges: 245 },
      { malformed: 1, no_answer: 1 },
      'warning',
      /^247 lines or records, 2 lost/,
    ],
    ['mirror', { requests: 10 }, { no_id: 10 }, 'failure', /x-request-id, or name another id in source\.join\.id/],
    ['kafka', { records: 10 }, { something_new: 1 }, 'warning', /^10 records, 1 lost: something_new \(1\)$/],
  ] as const)('%s that loses says why most was lost and what to set', (name, seen, losses, verdict, text) => {
    expect(one(name, seen, losses)).toMatchObject({ about: name, verdict, text: expect.stringMatching(text) });
  });

  it('the tap has its own account', () => {
    expect(sourceFindings([{ name: 'tap', seen: {}, losses: { malformed: 1 } }])).toEqual([]);
  });
});

describe('a run', () => {
  const conservation = { received: 1000, skipped: { too_large: 100, share: 500, budget: 10 }, dropped: { late: 60 } };

  it('that passes much over for its size or its time says which setting moves the limit', () => {
    expect(limitFindings([{ experiment: 'release', conservation }]).map(({ text }) => text)).toEqual([
      '100 of 1000 skipped (too_large): larger than budget.body: raise it',
      `60 of 1000 dropped (late): ${lossRemedy('late')}`,
    ]);
  });
});
