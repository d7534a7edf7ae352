// Recorded pair streams: requests drawn from the flights, production's, the arm's and the control's answer to each. Peers and penumbra
// read the same ones. A stream opens with `warm` healthy requests: peers learn what is usual there; penumbra does not look at them.
import { hashFraction, keyOf, type Random, randomFor } from '../../../src/core/random.ts';

/** Every replay's log-odds move by normal noise of this sd: the nondeterminism of production, arm and control alike. */
export const noiseSd = 0.02;

/** A label is late at this score or above, as the models' own labels are. */
const threshold = 0.5;

export interface Stream {
  readonly production: Float32Array;
  readonly arm: Float32Array;
  readonly control: Float32Array;
  /** 0 or 1. */
  readonly productionLabel: Uint8Array;
  readonly armLabel: Uint8Array;
  readonly controlLabel: Uint8Array;
}

/** What production and a faulty arm answer to every flight, before nondeterminism. */
export interface Pool {
  readonly production: Float64Array;
  readonly arm: Float64Array;
  readonly swapsLabel: boolean;
  readonly isConstant: boolean;
}

export interface StreamPlan {
  readonly seed: string;
  readonly run: number;
  readonly warm: number;
  /** Requests after the warm ones. */
  readonly length: number;
  /** Share of the requests after the warm ones that meet the fault; the same ones of a run at every fault, by keyed hash. */
  readonly share: number;
  readonly noise: boolean;
  /** `drawn`: with replacement, so that the traffic itself never drifts. `recorded`: in order from a drawn start. */
  readonly order: 'drawn' | 'recorded';
}

export function makeStream(pool: Pool, plan: StreamPlan): Stream {
  const { seed, run, warm, noise, share } = plan;
  const size = warm + plan.length;
  const stream = emptyStream(size);
  const rowOf = rowsOf(plan, pool.production.length);
  const random = randomFor(seed, `run ${run}`, 'noise');
  const key = keyOf(seed);
  for (let place = 0; place < size; place++) {
    const row = rowOf(place);
    const production = pool.production[row] as number;
    const shifts = noise ? [random.normal(), random.normal(), random.normal()] : [0, 0, 0];
    const isFaulty = place >= warm && share > 0 && hashFraction(key, `${run}:${place}`) < share;
    const answered = isFaulty ? (pool.arm[row] as number) : production;
    const armShift = isFaulty && pool.isConstant ? 0 : (shifts[1] as number);
    record(stream.production, stream.productionLabel, place, replay(production, shifts[0] as number));
    record(stream.arm, stream.armLabel, place, replay(answered, armShift));
    record(stream.control, stream.controlLabel, place, replay(production, shifts[2] as number));
    if (isFaulty && pool.swapsLabel) stream.armLabel[place] = 1 - (stream.armLabel[place] as number);
  }
  return stream;
}

function emptyStream(size: number): Stream {
  const scores = () => new Float32Array(size);
  const labels = () => new Uint8Array(size);
  return {
    production: scores(),
    arm: scores(),
    control: scores(),
    productionLabel: labels(),
    armLabel: labels(),
    controlLabel: labels(),
  };
}

function rowsOf({ seed, run, order }: StreamPlan, rows: number): (place: number) => number {
  const random: Random = randomFor(seed, `run ${run}`, 'rows');
  const start = Math.floor(random.uniform() * rows);
  if (order === 'recorded') return (place) => (start + place) % rows;
  return () => Math.floor(random.uniform() * rows);
}

/** The score of one replay: noise on the log-odds keeps it between 0 and 1. */
function replay(score: number, shift: number): number {
  if (shift === 0) return score;
  return 1 / (1 + ((1 - score) / score) * Math.exp(-noiseSd * shift));
}

function record(scores: Float32Array, labels: Uint8Array, place: number, score: number): void {
  scores[place] = score;
  labels[place] = score >= threshold ? 1 : 0;
}

/** How far the arm really is from production, over all requests after the warm ones. */
export interface Truth {
  readonly flip: number;
  readonly material: number;
  readonly ks: number;
}

/** Measures streams as they come, for the table to say what there was to find. */
export function createTruth(warm: number) {
  const bins = 64;
  const shift = new Float64Array(bins + 1);
  let [n, flips, material] = [0, 0, 0];
  return {
    add({ production, arm, productionLabel, armLabel }: Stream): void {
      for (let place = warm; place < production.length; place++) {
        const [before, after] = [production[place] as number, arm[place] as number];
        n += 1;
        if (productionLabel[place] !== armLabel[place]) flips += 1;
        if (Math.abs(after - before) > 0.05) material += 1;
        const [from, to] = [Math.ceil(before * bins), Math.ceil(after * bins)];
        shift[from] = (shift[from] as number) - 1;
        shift[to] = (shift[to] as number) + 1;
      }
    },
    measured(): Truth {
      let [sum, ks] = [0, 0];
      for (const step of shift) {
        sum += step;
        ks = Math.max(ks, Math.abs(sum) / n);
      }
      return { flip: flips / n, material: material / n, ks };
    },
  };
}
