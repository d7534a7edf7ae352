// What a suite of `chaos` means, in words: how much it does, on which traffic, what is expected of it, and what ends it.
import { formatDuration, formatShare } from '../core/units.ts';
import { type ChaosConfig, claimsFor, isLive, type LiveTraffic, type RecordedTraffic } from './chaos-config.ts';
import { expectationText } from './chaos-text.ts';
import { metricKey } from './metrics.ts';
import { nextTimes } from './schedule.ts';
import { stopMeaning } from './stop-meaning.ts';

/** How many places there are for a version: what each fault is done to. */
export function placesOf({
  faults,
}: Pick<ChaosConfig, 'faults'>): readonly { fault: string; feature: string | null }[] {
  return faults.flatMap(({ name, features }) => (features ?? [null]).map((feature) => ({ fault: name, feature })));
}

/** Lines for `penumbra validate`, from now on. */
export function chaosMeaning(chaos: ChaosConfig, nowMs: number): string {
  const { versions, faults, traffic, expectations } = chaos;
  const places = placesOf(chaos);
  const claims = places.flatMap((place) => claimsFor(chaos, place));
  const features = new Set(places.flatMap(({ feature }) => feature ?? []));
  const whole = faults.filter((fault) => fault.features === null).length;
  const metrics = [...new Set(claims.map(({ metric }) => metricKey(metric)))];
  const [production, ...others] = versions.map(({ name }) => name);
  const beside = others.length === 0 ? '' : `, compared with it: ${others.join(', ')}`;
  const wholly = whole === 0 ? '' : `, ${whole} of them done to the whole request`;
  return [
    `chaos: ${versions.length * places.length} treatments, ${versions.length * claims.length} cells`,
    `  ${count(versions.length, 'version')} × ${count(places.length, 'place')} (${count(faults.length, 'fault')}${wholly}; ${count(features.size, 'feature')}), each judged by ${metrics.join(', ')}`,
    `  versions: in production ${production}${beside}; each is compared with its own answers to the untouched request`,
    ...(isLive(chaos) ? liveLines(chaos, nowMs) : recordedLines(traffic as RecordedTraffic)),
    `  at most ${formatDuration(chaos.maxTimeMs)} in all: what has not begun by then is left out, and stays undecided`,
    ...expectations.map((one) => `  expects of ${expectationText(one)}`),
    '',
  ].join('\n');
}

function recordedLines({ type, file, requests }: RecordedTraffic): string[] {
  return [
    `  traffic: the first ${requests} requests of ${type === 'rows' ? 'the rows in' : 'the recording'} ${file}, for every cell`,
    '  runs when asked, without a comparator: penumbra chaos --config FILE; production is never asked',
    '  stops: a version whose untouched control fails on more than 5 % of its requests is left out from there on',
  ];
}

function liveLines({ traffic, warmUpRequests }: { traffic: LiveTraffic; warmUpRequests: number }, nowMs: number) {
  const { requests, cellMs, share, blastRadius, stopWhen, schedule } = traffic;
  const starts = schedule === null ? '' : `by itself, next: ${nextTimes(schedule, nowMs)}; or `;
  return [
    `  traffic: live, ${formatShare(share)} of what production gets while serve runs; a cell ends after ${requests} requests or ${formatDuration(cellMs)}`,
    `  each treatment is an experiment of its own, one after the other: the version untouched as control, and under the fault, after ${warmUpRequests} requests of warm-up`,
    `  at most ${blastRadius.maxRequestsPerSecond} requests per second and ${blastRadius.maxInFlightPerArm} open at a time to each of the two; batches are skipped`,
    `  starts ${starts}when asked: penumbra chaos --config FILE --comparator URL`,
    '  stops: a version whose untouched control fails on more than 5 % of its requests is left out from there on',
    ...stopWhen.map((one) => `  the whole suite ends when ${one.text}: ${stopMeaning(one)}`),
  ];
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? '' : 's'}`;
}

/** What `serve` does with a config that has nothing but a suite; null when it has more to do. */
export function chaosOnlyNotice(
  { chaos, experiments, watch }: { chaos?: ChaosConfig; experiments: readonly unknown[]; watch?: unknown },
  nowMs: number,
): string | null {
  if (chaos === undefined || experiments.length > 0 || watch !== undefined) return null;
  if (!isLive(chaos)) {
    return 'nothing to serve: the config has only a chaos suite on recorded traffic, which runs without a comparator: penumbra chaos --config FILE';
  }
  const { schedule } = chaos.traffic;
  const asked = 'penumbra chaos --config FILE --comparator URL';
  if (schedule === null) return `waits for the chaos suite to be started: ${asked}`;
  return `waits for the chaos suite, next: ${nextTimes(schedule, nowMs)}; or at once: ${asked}`;
}
