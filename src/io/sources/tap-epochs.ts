// What is known of each start of a tap (its epoch): which serial came last, how many copies are missing, its last status.
// A tap numbers every sampled exchange, sent or lost; so what is missing between two numbers was lost.
import type { TapStatus } from './tap-frames.ts';

/** Taps that restart for ever must not fill the memory; the oldest epochs are folded into one sum. */
const maxEpochs = 64;

export type HeardStatus = TapStatus & { readonly epoch: string; readonly heardAt: number };

export interface TapEpochs {
  /** A link has come up. Copies from before the first one were never this comparator's to lose. */
  hello(epoch: string, serial: number): void;
  /** False when the number was seen before: the other end does not count as it should. */
  exchange(epoch: string, serial: number): boolean;
  status(epoch: string, status: TapStatus): void;
  lostCopies(): number;
  /** Connections that could not be read, by reason, over all epochs. */
  blind(): Readonly<Record<string, number>>;
  /** The last status of each epoch still remembered. */
  statuses(): readonly HeardStatus[];
}

interface Epoch {
  serial: number;
  status: HeardStatus | null;
}

export function createTapEpochs({ nowMs }: { nowMs: () => number }): TapEpochs {
  const epochs = new Map<string, Epoch>();
  const foldedBlind: Record<string, number> = {};
  let lostCopies = 0;
  const advance = (name: string, serial: number, { expected }: { expected: number }): boolean => {
    const epoch = epochs.get(name);
    if (epoch === undefined || serial < epoch.serial + expected) return false;
    lostCopies += serial - epoch.serial - expected;
    epoch.serial = serial;
    return true;
  };
  return {
    hello: (name, serial) => {
      if (advance(name, serial, { expected: 0 })) return;
      epochs.set(name, { serial, status: null });
      if (epochs.size > maxEpochs) foldOldest(epochs, foldedBlind);
    },
    exchange: (name, serial) => advance(name, serial, { expected: 1 }),
    status: (name, status) => {
      advance(name, status.serial, { expected: 0 });
      const epoch = epochs.get(name);
      if (epoch === undefined) return;
      epoch.status = { ...status, epoch: name, heardAt: nowMs() };
      // Back to the end: the first of the map is the one longest unheard.
      epochs.delete(name);
      epochs.set(name, epoch);
    },
    lostCopies: () => lostCopies,
    blind: () => {
      const sum = { ...foldedBlind };
      for (const { status } of epochs.values()) addTo(sum, status?.blind ?? {});
      return sum;
    },
    statuses: () => [...epochs.values()].flatMap(({ status }) => (status === null ? [] : [status])),
  };
}

function foldOldest(epochs: Map<string, Epoch>, blind: Record<string, number>): void {
  for (const [name, { status }] of epochs) {
    addTo(blind, status?.blind ?? {});
    epochs.delete(name);
    return;
  }
}

function addTo(sum: Record<string, number>, more: Readonly<Record<string, number>>): void {
  for (const [reason, count] of Object.entries(more)) sum[reason] = (sum[reason] ?? 0) + count;
}
