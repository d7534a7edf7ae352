// Every statistic penumbra knows, by name. A new one is a file beside these and one line here.
// To come, one file each: hat-mean (bounded mean), paired-ks, latency-ratio, late-onset, different.
import { bernoulli, bernoulliKind } from './bernoulli.ts';
import type { Statistic } from './statistic.ts';
import { trinomial, trinomialKind } from './trinomial.ts';

export const statistics = [bernoulliKind, trinomialKind] as const;

export type StatisticName = 'bernoulli' | 'trinomial';

const made: Readonly<Record<StatisticName, Statistic>> = { bernoulli, trinomial };

export function statisticNamed(name: StatisticName): Statistic {
  return made[name];
}
