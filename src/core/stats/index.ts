// Every statistic penumbra knows, by name. A new one is a file beside these and one line here.
import { bernoulli, bernoulliKind } from './bernoulli.ts';
import { bias, biasKind } from './bias.ts';
import { boundedMean, boundedMeanKind } from './bounded-mean.ts';
import { difference, differenceKind } from './difference.ts';
import { latencyRatio, latencyRatioKind } from './latency-ratio.ts';
import { pairedKs, pairedKsKind } from './paired-ks.ts';
import { psiLimit, psiLimitKind } from './psi-limit.ts';
import { signedMean, signedMeanKind } from './signed-mean.ts';
import type { Statistic } from './statistic.ts';
import { trinomial, trinomialKind } from './trinomial.ts';

/** Every kind of statistic, each with its options’ schema and a way to make one. */
export const statistics = [
  bernoulliKind,
  trinomialKind,
  boundedMeanKind,
  signedMeanKind,
  biasKind,
  pairedKsKind,
  psiLimitKind,
  latencyRatioKind,
  differenceKind,
] as const;

/** Each with its standard options. */
const made = {
  bernoulli,
  trinomial,
  'bounded-mean': boundedMean,
  'signed-mean': signedMean,
  bias,
  'paired-ks': pairedKs,
  psi: psiLimit,
  'latency-ratio': latencyRatio,
  difference,
} as const satisfies Readonly<Record<string, Statistic>>;

/** The name of a statistic. */
export type StatisticName = keyof typeof made;

/** The statistic of this name with its standard options. */
export function statisticNamed(name: StatisticName): Statistic {
  return made[name];
}
