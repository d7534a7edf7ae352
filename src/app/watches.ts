// The watches of the config, joined to the store; without any, what an earlier config's watches fired is over.
import type { EffectiveConfig } from '../config/effective.ts';
import { forgetWatches } from '../pipeline/watch/resume.ts';
import { createWatches, type Watches, type WatchesDeps } from '../pipeline/watch/watches.ts';

/** Null when nothing is watched on production: then nobody pays for it. */
export function openWatches(
  { watch, decisions, seed }: EffectiveConfig,
  parts: Omit<WatchesDeps, 'setting' | 'decisions' | 'seed'>,
): Watches | null {
  if (watch !== undefined) return createWatches({ ...parts, setting: watch, decisions, seed });
  forgetWatches(parts.store, parts.nowMs);
  return null;
}
