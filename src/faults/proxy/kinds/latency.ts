// Dependency fault: answers come later, by a fixed time or by a distribution with a tail, as a busy or distant store's do.
// `latency` is always the median, so that what is asked for is what half of the calls exceed.
import { Type } from 'typebox';
import type { Random } from '../../../core/random.ts';
import { PenumbraError } from '../../../errors.ts';
import type { ProxyFaultKind } from '../fault.ts';

const distributions = ['constant', 'uniform', 'normal', 'lognormal', 'pareto'] as const;

const options = Type.Object(
  {
    delayMs: Type.Number({ minimum: 0, description: 'how much later; the median where there is jitter' }),
    jitterMs: Type.Number({
      minimum: 0,
      default: 0,
      description:
        'uniform: up to this much more or less; else one call in six is at least this much later than the median',
    }),
    distribution: Type.Optional(
      Type.Enum([...distributions], { description: 'constant without jitter and uniform with it, unless said' }),
    ),
    atMostMs: Type.Number({
      minimum: 1,
      default: 60_000,
      description: 'no call is held longer; it cuts off long tails',
    }),
  },
  { additionalProperties: false },
);

export const latency: ProxyFaultKind<typeof options> = {
  name: 'latency',
  summary: 'answers later, by a fixed time or by a distribution',
  options,
  mainOption: 'delayMs',
  protocols: ['http', 'tcp'],
  create: ({ delayMs, jitterMs, distribution = jitterMs === 0 ? 'constant' : 'uniform', atMostMs }) => {
    if (distribution === 'constant' && jitterMs > 0)
      throw new PenumbraError('USAGE', 'latency with jitter requires a distribution other than constant');
    if (distribution !== 'constant' && jitterMs === 0)
      throw new PenumbraError('USAGE', `latency with distribution ${distribution} requires jitter`);
    if (delayMs === 0 && (distribution === 'lognormal' || distribution === 'pareto'))
      throw new PenumbraError('USAGE', `latency with distribution ${distribution} requires more than 0ms`);
    return {
      effectOn: ({ random }) => {
        const drawnMs = draws[distribution]({ delayMs, jitterMs, random });
        return { holdMs: Math.min(atMostMs, Math.max(0, drawnMs)) };
      },
    };
  },
};

interface Draw {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly random: Random;
}

/** 1 − Φ(1) = 15.87 %, the "one call in six" of a normal law; twice its odds give the exponent of the Pareto law. */
const upperSixth = 0.15865525393145707;

const draws: Readonly<Record<(typeof distributions)[number], (draw: Draw) => number>> = {
  constant: ({ delayMs }) => delayMs,
  uniform: ({ delayMs, jitterMs, random }) => delayMs + jitterMs * (2 * random.uniform() - 1),
  normal: ({ delayMs, jitterMs, random }) => delayMs + jitterMs * random.normal(),
  lognormal: ({ delayMs, jitterMs, random }) => delayMs * Math.exp(Math.log1p(jitterMs / delayMs) * random.normal()),
  // Quantiles scale · (1 − p)^(−1/exponent), with the median at delay and the upper sixth beginning at delay + jitter.
  pareto: ({ delayMs, jitterMs, random }) => {
    const inverse = Math.log1p(jitterMs / delayMs) / -Math.log(2 * upperSixth);
    return delayMs * (2 * (1 - random.uniform())) ** -inverse;
  },
};
