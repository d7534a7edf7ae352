// Delivers a counted number of exchanges as fast as the comparator takes them: never more than so many wait for the journal or for
// an arm, so that what is measured is work and not the growth of a queue.

import type { RawExchange } from '../../../src/model.ts';
import type { BenchComparator } from './comparator.ts';
import { exchangeNumbered } from './exchanges.ts';

export interface DriveOptions {
  /** Numbers of the exchanges: from, and how many. */
  readonly from: number;
  readonly count: number;
  /** The exchange of a number; made on the spot unless given. */
  readonly exchangeOf?: (count: number, nowMs: number) => RawExchange;
  /** Exchanges a second at most; as fast as it goes unless given. */
  readonly perSecond?: number;
  /** Exchanges that are on their way to an arm at a time at most. */
  readonly maxOpen?: number;
}

const perTurn = 64;
const maxUnjournalled = 2048;

export async function drive(
  { app, open }: Pick<BenchComparator, 'app' | 'open'>,
  options: DriveOptions,
): Promise<void> {
  const { from, count, exchangeOf = exchangeNumbered } = options;
  const { perSecond = Number.POSITIVE_INFINITY, maxOpen = Number.POSITIVE_INFINITY } = options;
  let unjournalled = 0;
  const startedMs = performance.now();
  for (let sent = 0; sent < count; ) {
    const allowed = Math.min(count, perSecond * ((performance.now() - startedMs) / 1000) + 1);
    const hasRoom = (): boolean => sent < allowed && unjournalled < maxUnjournalled && unjournalled + open() < maxOpen;
    for (let turn = 0; turn < perTurn && hasRoom(); turn++) {
      unjournalled += 1;
      const { journalled } = app.comparator.submit(exchangeOf(from + sent, Date.now()));
      void journalled.then(() => {
        unjournalled -= 1;
      });
      sent += 1;
    }
    await new Promise<void>((resume) => (sent < count && !hasRoom() ? setTimeout(resume, 1) : setImmediate(resume)));
  }
}

/** Resolves when so many pairs are compared, or nothing has come any more for a while. */
export async function untilCompared({ compared }: Pick<BenchComparator, 'compared'>, pairs: number): Promise<void> {
  const patienceMs = 15_000;
  for (let known = -1, sinceMs = performance.now(); compared() < pairs; ) {
    const now = compared();
    if (now !== known) sinceMs = performance.now();
    else if (performance.now() - sinceMs > patienceMs) throw new Error(`only ${now} of ${pairs} pairs were compared`);
    known = now;
    await new Promise((resume) => setTimeout(resume, 100));
  }
}
