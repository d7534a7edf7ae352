import { describe, expect, it } from 'vitest';
import { foldCounts, type KnownPartition } from '../../../../src/pipeline/scale/fold-counts.ts';
import type { Claim, Progress } from '../../../../src/pipeline/scale/messages.ts';

const claimBy = (claim: string, beginAt = 0): Claim => ({ type: 'claim', partition: 3, claim, member: claim, beginAt });
const progressBy = (claim: string, number: number, until = number * 10): Progress => ({
  ...{ type: 'progress', partition: 3, claim, number, closed: { run: until }, admitted: {}, units: [] },
  position: { offset: number * 100, watermark: until, lifts: [] },
});

type Message = Claim | Progress;

/** What each message of the log came to, and what is known in the end. */
function foldAll(messages: readonly Message[]): {
  readonly types: string[];
  readonly known: KnownPartition | undefined;
} {
  let known: KnownPartition | undefined;
  const types = messages.map((message) => {
    const folded = foldCounts(known, message);
    if ('partition' in folded) known = folded.partition;
    return folded.type;
  });
  return { types, known };
}

describe('foldCounts', () => {
  it('begins where the first owner says, and goes on where the last progress says', () => {
    expect(foldAll([claimBy('a', 7)]).known?.position).toEqual({ offset: 7, watermark: null, lifts: [] });
    const { known } = foldAll([claimBy('a', 7), progressBy('a', 1), claimBy('b', 99)]);
    expect(known).toMatchObject({ claim: 'b', number: 0, position: { offset: 100 }, closed: { run: 10 } });
  });

  it('takes nothing of an owner that another has followed', () => {
    const { types, known } = foldAll([
      claimBy('a'),
      progressBy('a', 1),
      claimBy('b'),
      progressBy('a', 2),
      progressBy('b', 1, 30),
    ]);
    expect(types).toEqual(['claimed', 'taken', 'claimed', 'stale', 'taken']);
    expect(known?.closed).toEqual({ run: 30 });
  });

  it('takes a record that comes twice once', () => {
    const { types } = foldAll([
      claimBy('a'),
      progressBy('a', 1),
      progressBy('a', 1),
      progressBy('a', 2),
      progressBy('a', 1),
    ]);
    expect(types).toEqual(['claimed', 'taken', 'stale', 'taken', 'stale']);
  });

  it('gives nothing back to a claim that comes again', () => {
    const { types, known } = foldAll([claimBy('a'), claimBy('b'), claimBy('a'), claimBy('b'), progressBy('b', 1)]);
    expect(types).toEqual(['claimed', 'claimed', 'stale', 'stale', 'taken']);
    expect(known?.claim).toBe('b');
  });

  it('says when a record is missing, and takes nothing behind it', () => {
    expect(foldAll([claimBy('a'), progressBy('a', 2)]).types).toEqual(['claimed', 'gap']);
    expect(foldAll([progressBy('a', 1)]).types).toEqual(['stale']);
  });
});
