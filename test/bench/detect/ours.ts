// penumbra on a stream: when each metric alone, at alpha .01, and the whole panel, sharing one alpha of .01, first speak.
// Counters are looked at after every request, the larger statistics after every fifth, and after every 25th beyond a thousand.

import { bernoulli } from '../../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../../src/core/stats/bounded-mean.ts';
import { differenceEvidence } from '../../../src/core/stats/difference.ts';
import { pairedKs } from '../../../src/core/stats/paired-ks.ts';
import type { LogE } from '../../../src/core/stats/statistic.ts';
import { addPair, createPanel, type Panel, panelMetrics } from '../../calibration/panel.ts';
import type { Stream } from './streams.ts';

export const alpha = 0.01;
const alone = Math.log(1 / alpha);
const shared = Math.log(panelMetrics / alpha);

/** Looks are free for the error rate, not for the clock: seldom ones can only delay what is found. */
function isLook(n: number, isCounter: boolean): boolean {
  return isCounter || n % (n <= 1000 ? 5 : 25) === 0;
}

interface Watch {
  readonly name: string;
  readonly isCounter: boolean;
  /** DIFFERENT and the mean are alarms here, never proofs. */
  readonly isProvable: boolean;
  logE(panel: Panel): LogE;
}

const watches: readonly Watch[] = [
  { name: 'flip ≤ 1 %', isCounter: true, isProvable: true, logE: ({ flip }) => bernoulli.logE(flip, 0.01) },
  { name: 'material ≤ 1 %', isCounter: true, isProvable: true, logE: ({ material }) => bernoulli.logE(material, 0.01) },
  { name: 'mean |Δ| ≤ .01', isCounter: false, isProvable: false, logE: ({ mean }) => boundedMean.logE(mean, 0.01) },
  { name: 'paired KS ≤ 2 %', isCounter: false, isProvable: true, logE: ({ ks }) => pairedKs.logE(ks, 0.02) },
  {
    name: 'DIFFERENT',
    isCounter: false,
    isProvable: false,
    logE: ({ difference }) => ({ up: differenceEvidence(difference).logE, down: Number.NEGATIVE_INFINITY }),
  },
];

export const panelName = 'penumbra, whole panel';
/** In the order of the tables. The panel's error and timeout metrics share its budget and have nothing to find here. */
export const ourMethods: readonly string[] = [panelName, ...watches.map(({ name }) => name)];
export const provable: readonly string[] = watches.filter(({ isProvable }) => isProvable).map(({ name }) => name);

/** Requests until it spoke, by method; null when it did not before the stream ended. */
export interface Spoke {
  readonly alarms: Readonly<Record<string, number | null>>;
  readonly holds: Readonly<Record<string, number | null>>;
}

interface Heard {
  alone: number | null;
  shared: number | null;
  holds: number | null;
}

export function judgeStream(stream: Stream, warm: number): Spoke {
  const panel = createPanel({ withLatency: false });
  const heard = watches.map((): Heard => ({ alone: null, shared: null, holds: null }));
  let first: number | null = null;
  for (let place = warm; place < stream.production.length; place++) {
    addPair(panel, pairAt(stream, place));
    const n = place - warm + 1;
    for (const [index, watch] of watches.entries()) {
      if (isLook(n, watch.isCounter)) listen(watch, { panel, n, heard: heard[index] as Heard });
    }
    first ??= heard.some(({ shared: spoke }) => spoke !== null) ? n : null;
    if (heard.every((one) => one.shared !== null)) break;
  }
  const byName = (pick: (one: Heard) => number | null) =>
    Object.fromEntries(watches.map(({ name }, index) => [name, pick(heard[index] as Heard)]));
  return { alarms: { [panelName]: first, ...byName((one) => one.alone) }, holds: byName((one) => one.holds) };
}

function listen(watch: Watch, { panel, n, heard }: { panel: Panel; n: number; heard: Heard }): void {
  if (heard.shared !== null) return;
  const { up, down } = watch.logE(panel);
  if (up >= alone) heard.alone ??= n;
  if (up >= shared) heard.shared = n;
  if (watch.isProvable && heard.alone === null && down >= alone) heard.holds ??= n;
}

function pairAt(stream: Stream, place: number) {
  return {
    production: stream.production[place] as number,
    arm: stream.arm[place] as number,
    control: stream.control[place] as number,
    armFlipped: stream.armLabel[place] !== stream.productionLabel[place],
    controlFlipped: stream.controlLabel[place] !== stream.productionLabel[place],
    failed: 0,
    armMs: 0,
    controlMs: 0,
  } as const;
}
