// What the log of counts says, read in its order: who owns each partition, and which progress is true. The log decides: of two comparators
// that both think a partition theirs, the last to claim it counts, and a record that comes twice counts once.
import type { Claim, CountsMessage, Grant, Presence, Progress } from './messages.ts';

/** A grant, and the claims before its own: one of those that comes again takes nothing over. */
export interface KnownPartition extends Grant {
  readonly earlier: readonly string[];
}

export type Folded =
  | { readonly type: 'claimed'; readonly partition: KnownPartition }
  | { readonly type: 'taken'; readonly partition: KnownPartition; readonly progress: Progress }
  /** Of an owner before, or said before. */
  | { readonly type: 'stale' }
  /** A record before it is missing: whoever wrote it must begin anew. */
  | { readonly type: 'gap' };

const mostEarlier = 20;

export function foldCounts(known: KnownPartition | undefined, message: Exclude<CountsMessage, Presence>): Folded {
  return message.type === 'claim' ? foldClaim(known, message) : foldProgress(known, message);
}

function foldClaim(known: KnownPartition | undefined, { claim, beginAt }: Claim): Folded {
  if (known === undefined) {
    const position = { offset: beginAt, watermark: null, lifts: [] };
    return { type: 'claimed', partition: { claim, number: 0, position, closed: {}, admitted: {}, earlier: [] } };
  }
  if (claim === known.claim || known.earlier.includes(claim)) return { type: 'stale' };
  const earlier = [...known.earlier, known.claim].slice(-mostEarlier);
  return { type: 'claimed', partition: { ...known, claim, number: 0, earlier } };
}

function foldProgress(known: KnownPartition | undefined, progress: Progress): Folded {
  if (known === undefined || progress.claim !== known.claim || progress.number <= known.number)
    return { type: 'stale' };
  if (progress.number > known.number + 1) return { type: 'gap' };
  const { number, position } = progress;
  const closed = { ...known.closed, ...progress.closed };
  const admitted = { ...known.admitted, ...progress.admitted };
  return { type: 'taken', progress, partition: { ...known, number, position, closed, admitted } };
}
