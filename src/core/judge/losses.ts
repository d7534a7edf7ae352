// What penumbra itself lost of an arm's exchanges, in words: how much against what limit, why, and what to do about it. Gate, page,
// report and demo say it in the same sentence, so that nobody has to guess what BIASED means.
import type { DropReason } from '../../model.ts';
import { percent, whole } from './words.ts';

export interface ArmLosses {
  readonly name: string;
  readonly received: number;
  /** By reason; null where only their sum is known. */
  readonly droppedBy: Readonly<Partial<Record<DropReason, number>>> | null;
  /** All reasons together. */
  readonly dropped: number;
}

/** Above this share of what an arm should have seen no gate passes. */
const mostDropped = 0.05;
/** Of fewer no share is said to be too large. */
const leastReceived = 100;

/** Written so that NaN is too much. */
export function losesTooMuch({ received, dropped }: Pick<ArmLosses, 'received' | 'dropped'>): boolean {
  return received >= leastReceived && !(dropped <= mostDropped * received);
}

interface Loss {
  readonly means: string;
  readonly remedy: string;
}

const known: Readonly<Record<DropReason, Loss>> = {
  late: {
    means: 'no time was left to ask the arm before its bucket closed',
    remedy:
      'this machine is too busy, or the clocks disagree: copy less (a smaller share or budget), run fewer arms, give penumbra more CPU, or allow more time (joinDeadline)',
  },
  restart: {
    means: 'in flight when penumbra ended',
    remedy: 'start a new run, and let penumbra run through it',
  },
  store_failed: {
    means: 'could not be written to the store',
    remedy: 'look at the disk of the store: its space, its speed, and the log of serve',
  },
};

/** One sentence about an arm that lost too much; what to do need not be said of every arm of a run. */
export function tooMuchLost({ name, received, dropped, droppedBy }: ArmLosses, { remedy = true } = {}): string {
  const share = `${percent(dropped / received)} of what ${name} should have seen was lost`;
  const counted = `penumbra itself lost ${whole(dropped)} of ${whole(received)}`;
  const said = `${share}, more than ${percent(mostDropped)}: ${counted}${reasonsOf(droppedBy)}`;
  const [worst] = mostFirst(droppedBy);
  const todo = worst === undefined ? undefined : lossOf(worst[0])?.remedy;
  return remedy && todo !== undefined ? `${said}. What to do: ${todo}` : said;
}

/** A note on every arm that lost something, whether too much or not. */
export function lossNotes(arms: readonly ArmLosses[]): string[] {
  const losing = arms.filter(({ dropped }) => dropped > 0);
  const first = losing.find(losesTooMuch);
  return losing.map((arm) => {
    const { name, received, dropped, droppedBy } = arm;
    if (losesTooMuch(arm)) return `a gate answers BIASED: ${tooMuchLost(arm, { remedy: arm === first })}`;
    const lost = `${name}: ${whole(dropped)} of ${whole(received)} exchanges were lost by penumbra itself`;
    return `${lost} (a gate bears ${percent(mostDropped)})${reasonsOf(droppedBy)}`;
  });
}

function reasonsOf(droppedBy: ArmLosses['droppedBy']): string {
  const reasons = mostFirst(droppedBy).map(([reason, count]) => {
    const means = lossOf(reason)?.means;
    return `${whole(count)} ${reason}${means === undefined ? '' : ` (${means})`}`;
  });
  return reasons.length === 0 ? '' : `: ${reasons.join(', ')}`;
}

function mostFirst(droppedBy: ArmLosses['droppedBy']): readonly (readonly [string, number])[] {
  return Object.entries(droppedBy ?? {})
    .filter(([, count]) => count > 0)
    .sort((one, other) => other[1] - one[1]);
}

/** What to do where this is why exchanges were dropped. */
export function lossRemedy(reason: DropReason): string {
  return known[reason].remedy;
}

function lossOf(reason: string): Loss | undefined {
  return Object.hasOwn(known, reason) ? known[reason as DropReason] : undefined;
}
