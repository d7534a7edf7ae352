// Every statistic penumbra knows, by name. A new one is a file beside these and one line here.
import { bernoulli, bernoulliKind } from './bernoulli.ts';
import { bias, biasKind } from './bias.ts';
import { boundedMean, boundedMeanKind } from './bounded-mean.ts';
import { latencyRatio, latencyRatioKind } from './latency-ratio.ts';
import { pairedKs, pairedKsKind } from './paired-ks.ts';
import type { Statistic } from './statistic.ts';
import { trinomial, trinomialKind } from './trinomial.ts';

export const statistics = [
  bernoulliKind,
  trinomialKind,
  boundedMeanKind,
  biasKind,
  pairedKsKind,
  latencyRatioKind,
] as const;

/** Each with its standard options. */
const made = {
  bernoulli,
  trinomial,
  'bounded-mean': boundedMean,
  bias,
  'paired-ks': pairedKs,
  'latency-ratio': latencyRatio,
} as const satisfies Readonly<Record<string, Statistic>>;

export type StatisticName = keyof typeof made;

export function statisticNamed(name: StatisticName): Statistic {
  return made[name];
}
