// The synthetic streams of the bars. What the bars leave open is said here.
import type { Random } from '../../src/core/random.ts';

/** Independent hits at a true rate. */
export function hits(random: Random, share: number): () => number {
  return () => (random.uniform() < share ? 1 : 0);
}

/**
 * Excess over a control, both noisy: a two-label model whose every replay flips by chance. Production, control and arm flip
 * independently, so arm and control share production's own noise, as replays of one request do; control differs from production on
 * `noise` of requests and the arm on `noise + excess`.
 */
export function noisyPair(random: Random, { noise, excess }: { noise: number; excess: number }): () => number {
  // Two independent flips with chance q differ with chance 2q(1 − q).
  const flip = (1 - Math.sqrt(1 - 2 * noise)) / 2;
  const armFlip = (noise + excess - flip) / (1 - 2 * flip);
  return () => {
    const production = random.uniform() < flip;
    const control = random.uniform() < flip;
    const arm = random.uniform() < armFlip;
    return Number(arm !== production) - Number(control !== production);
  };
}

/** Standard normal quantiles of the shares of slow answers that the bars name. */
const quantileOf = { 0.01: 2.3263478740408408, 0.06: 1.5547735945968535 } as const;

/** Latency limits broken on the same request: log-normal latencies of arm and control, correlated 0.8 as in the latency bars. */
export function breachPair(random: Random, shares: { control: 0.01; arm: 0.01 | 0.06 }): () => number {
  const limits = { control: quantileOf[shares.control], arm: quantileOf[shares.arm] };
  return () => {
    const common = random.normal();
    const arm = 0.8 * common + 0.6 * random.normal();
    return Number(arm > limits.arm) - Number(common > limits.control);
  };
}

/** Arm and control, each on its own with its share: nothing in common but the request. */
export function independentPair(random: Random, { control, arm }: { control: number; arm: number }): () => number {
  return () => Number(random.uniform() < arm) - Number(random.uniform() < control);
}

/** A paired difference with these chances of 1 and −1. */
export function difference(random: Random, { up, down }: { up: number; down: number }): () => number {
  return () => {
    const draw = random.uniform();
    return draw < up ? 1 : draw < up + down ? -1 : 0;
  };
}
