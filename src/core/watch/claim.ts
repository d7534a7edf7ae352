// One line of `watch:` as the config fixed it, and how many detectors there are: all watches together give one false alarm a year.
import type { Notify } from '../../model.ts';
import { lateOnsetThreshold } from '../judge/late-onset.ts';
import { type About, type Watch, watchNamed } from './index.ts';

/** Plain data. */
export interface WatchClaim extends About {
  /** `late.lowConfidence`; alerts carry it as `watch/late/lowConfidence`. */
  readonly id: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the features are looked for. */
  readonly lookIn: 'request' | 'answer';
  /** Changes with what its counts depend on; then it begins anew. */
  readonly definition: string;
  /** Who hears of it; absent: a page. */
  readonly notify?: Notify;
}

/** The watches of a config. */
export interface WatchSetting {
  readonly claims: readonly WatchClaim[];
  readonly bucketMs: number;
  /** How long after its end a bucket still takes what arrived in it. */
  readonly graceMs: number;
}

/** The kind of a claim that the config checked. Throws for any other. */
export function watchOf({ id, kind, options }: Pick<WatchClaim, 'id' | 'kind' | 'options'>): Watch {
  const watch = watchNamed(kind, options);
  if (watch === undefined) throw new Error(`watch ${id} requires a known kind with its options, not ${kind}`);
  return watch;
}

/** The evidence from which every detector alarms: on average one false alarm a year over all of them. */
export function watchThreshold({ claims, bucketMs }: Pick<WatchSetting, 'claims' | 'bucketMs'>): number {
  const detectors = claims.reduce((sum, claim) => sum + watchOf(claim).detectors, 0);
  return lateOnsetThreshold({ bucketMs, detectors: Math.max(1, detectors) });
}
