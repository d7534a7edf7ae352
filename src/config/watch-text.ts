// Watches in words: as a config writes them, and what each means, where it looks and what its alarm disproves.
import { percent } from '../core/judge/words.ts';
import { formatDuration, formatShare } from '../core/units.ts';
import { type WatchClaim, type WatchSetting, watchOf, watchThreshold } from '../core/watch/claim.ts';
import { watches } from '../core/watch/index.ts';

/** `watch` as a config that gives the same setting. */
export function watchText({ claims, graceMs }: WatchSetting): Record<string, unknown> {
  const groups: Record<string, Record<string, unknown>> = {};
  for (const claim of claims) {
    const [group, key] = partsOf(claim);
    groups[group] ??= {};
    const share = `at most ${formatShare(claim.tolerance)}`;
    const said = claim.notify === undefined ? {} : { notify: claim.notify };
    const more = { ...claim.options, ...said };
    const written = Object.keys(more).length === 0 ? share : { ...claim.options, share, ...said };
    (groups[group] as Record<string, unknown>)[key] = written;
  }
  return { grace: formatDuration(graceMs), ...groups };
}

function partsOf({ id }: WatchClaim): [group: string, key: string] {
  const at = id.lastIndexOf('.');
  return [id.slice(0, at), id.slice(at + 1)];
}

/** For `validate`: the terms of all watches, and each with its meaning, its place and its null hypothesis. */
export function watchMeaning(setting: WatchSetting): string {
  const { claims, bucketMs, graceMs } = setting;
  const wait = `buckets of ${formatDuration(bucketMs)} close ${formatDuration(graceMs)} after their end`;
  const alarm = `an alarm needs an e-value of ${watchThreshold(setting).toExponential(1)}: one false alarm a year over all watches together`;
  const lines = claims.map((claim) => `  ${claim.id}\n    ${meaningOf(claim)}\n    ${placeOf(claim)}\n`);
  return `\nwatches on production: every request counts, of a batch one row chosen by keyed hash; ${wait}; ${alarm}, and clears by itself\n${lines.join('')}`;
}

function meaningOf(claim: WatchClaim): string {
  const watch = watchOf(claim);
  const summary = watches.find(({ name }) => name === claim.kind)?.summary ?? '';
  const limit = `at most ${formatShare(claim.tolerance)}`;
  const stretch = watch.nullWords ?? 'over every stretch of time the rate is at most';
  const points =
    watch.nullWords === undefined ? percent(claim.tolerance) : `${(100 * claim.tolerance).toFixed(1)} points`;
  return [
    `${watch.words} ${limit}${optionsText(claim)}: ${summary.charAt(0).toLowerCase()}${summary.slice(1).replace(/\.$/, '')}`,
    `n: ${watch.counted}`,
    ...(watch.window === null ? [] : [`learns from the first ${watch.window} of them, and is frozen then`]),
    `REGRESSED disproves “${stretch} ${points}”`,
  ].join('; ');
}

function optionsText({ options }: WatchClaim): string {
  const entries = Object.entries(options)
    .filter(([name]) => name !== 'features')
    .filter(([, value]) => typeof value !== 'object' || Object.keys(value as object).length > 0)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return entries.length === 0 ? '' : ` (${entries.join(', ')})`;
}

/** Where it looks: the observation point. */
export function placeOf(claim: WatchClaim): string {
  const { looksAt } = watchOf(claim);
  if (looksAt === 'messages') return 'looks at the request and its answer';
  if (looksAt === 'decision')
    return `looks at the output: decision ${claim.decision?.name} of every 2xx answer, in time or not`;
  const names = claim.features.map(({ name }) => name).join(', ');
  return claim.lookIn === 'request'
    ? `looks at the request, whatever became of it: ${names}`
    : `looks at the features echoed in the answer, as outputs of the same names: ${names}`;
}
