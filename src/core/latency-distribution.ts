// How long something is held back: for a fixed time, or by a law with a tail, as behind a busy or distant store. Delays of copies and of a
// dependency's answers are drawn here alike. The delay asked for is always the median, so that half of what is held is held longer.
import { Type } from 'typebox';
import type { Random } from './random.ts';
import { normalTail } from './stats/upper-gamma.ts';

const names = ['constant', 'uniform', 'normal', 'lognormal', 'pareto'] as const;

type Law = (typeof names)[number];

export interface LatencyOptions {
  /** The median. */
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly distribution?: Law;
  /** Nothing is held longer; absent: no cap. */
  readonly atMostMs?: number;
}

/** The two options that both kinds write alike. */
export const distributionOptions = {
  jitterMs: Type.Number({
    minimum: 0,
    default: 0,
    description: 'uniform: up to this much more or less; else one in six is at least this much later than the median',
  }),
  distribution: Type.Optional(
    Type.Enum([...names], { description: 'constant without jitter and uniform with it, unless said' }),
  ),
};

/** Why nothing can be drawn from these; null when it can. @example "jitter requires a distribution other than constant" */
export function whyUndrawable({ delayMs, jitterMs, distribution }: LatencyOptions): string | null {
  if (distribution === 'constant' && jitterMs > 0) return 'jitter requires a distribution other than constant';
  const hasNoJitter = distribution !== undefined && distribution !== 'constant' && jitterMs === 0;
  if (hasNoJitter) return `distribution ${distribution} requires jitter`;
  const isScaled = distribution === 'lognormal' || distribution === 'pareto';
  return isScaled && delayMs === 0 ? `distribution ${distribution} requires more than 0ms` : null;
}

/** One draw in milliseconds, at least 0 and at most `atMostMs`. @example drawLatency({ delayMs: 80, jitterMs: 0 }, randomFor('1', 'r', 'a')) // 80 */
export function drawLatency(options: LatencyOptions, random: Random): number {
  const drawnMs = laws[lawOf(options)].draw(options, random);
  return Math.min(options.atMostMs ?? Number.POSITIVE_INFINITY, Math.max(0, drawnMs));
}

/** The part of draws that reach this time. @example shareBeyond({ delayMs: 200, jitterMs: 0 }, 201) // 0 */
export function shareBeyond(options: LatencyOptions, limitMs: number): number {
  if (limitMs <= 0) return 1;
  if (limitMs === Number.POSITIVE_INFINITY || limitMs > (options.atMostMs ?? limitMs)) return 0;
  return Math.min(1, Math.max(0, laws[lawOf(options)].beyond(options, limitMs)));
}

/** No draw is longer; infinite for an uncapped tail. */
export function longestLatencyMs(options: LatencyOptions): number {
  const { delayMs, jitterMs, atMostMs = Number.POSITIVE_INFINITY } = options;
  const law = lawOf(options);
  const isBounded = law === 'constant' || law === 'uniform';
  return isBounded ? Math.min(delayMs + jitterMs, atMostMs) : atMostMs;
}

export function lawOf({ jitterMs, distribution }: LatencyOptions): Law {
  return distribution ?? (jitterMs === 0 ? 'constant' : 'uniform');
}

/** 1 − Φ(1), the "one in six" of a normal law; twice its odds give the exponent of the Pareto law. */
const upperSixth = 0.15865525393145707;

interface Drawing {
  draw(options: LatencyOptions, random: Random): number;
  beyond(options: LatencyOptions, limitMs: number): number;
}

const normalBeyond = (z: number): number => (z < 0 ? 1 - normalTail(-z) / 2 : normalTail(z) / 2);
const sigmaOf = ({ delayMs, jitterMs }: LatencyOptions): number => Math.log1p(jitterMs / delayMs);
/** Quantiles scale · (1 − p)^(−inverse), with the median at the delay and the upper sixth beginning at delay + jitter. */
const inverseOf = (options: LatencyOptions): number => sigmaOf(options) / -Math.log(2 * upperSixth);

const laws: Readonly<Record<Law, Drawing>> = {
  constant: {
    draw: ({ delayMs }) => delayMs,
    beyond: ({ delayMs }, limitMs) => (limitMs <= delayMs ? 1 : 0),
  },
  uniform: {
    draw: ({ delayMs, jitterMs }, random) => delayMs + jitterMs * (2 * random.uniform() - 1),
    beyond: ({ delayMs, jitterMs }, limitMs) => (delayMs + jitterMs - limitMs) / (2 * jitterMs),
  },
  normal: {
    draw: ({ delayMs, jitterMs }, random) => delayMs + jitterMs * random.normal(),
    beyond: ({ delayMs, jitterMs }, limitMs) => normalBeyond((limitMs - delayMs) / jitterMs),
  },
  lognormal: {
    draw: (options, random) => options.delayMs * Math.exp(sigmaOf(options) * random.normal()),
    beyond: (options, limitMs) => normalBeyond(Math.log(limitMs / options.delayMs) / sigmaOf(options)),
  },
  pareto: {
    draw: (options, random) => options.delayMs * (2 * (1 - random.uniform())) ** -inverseOf(options),
    beyond: (options, limitMs) => 0.5 * (limitMs / options.delayMs) ** (-1 / inverseOf(options)),
  },
};
