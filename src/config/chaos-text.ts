// The suite of `chaos` written back in the config's own words, for `validate --effective`.
import { formatDuration, formatShare } from '../core/units.ts';
import { faultFamily } from './arms.ts';
import type {
  ChaosClaim,
  ChaosConfig,
  ChaosExpectation,
  ChaosFault,
  ChaosTraffic,
  ChaosVersion,
  LiveTraffic,
} from './chaos-config.ts';
import { commandTargetText } from './command-target.ts';
import { budgetText, stopText, useText } from './experiment-text.ts';
import { metricKey } from './metrics.ts';
import { perturbationFamily } from './perturbations.ts';

export function chaosText(chaos: ChaosConfig) {
  const { traffic } = chaos;
  return {
    versions: Object.fromEntries(chaos.versions.map((version) => [version.name, targetText(version)])),
    traffic: trafficText(traffic),
    features: chaos.features.length > 0 ? chaos.features : undefined,
    faults: Object.fromEntries(chaos.faults.map((fault) => [fault.name, faultText(fault)])),
    expect: Object.fromEntries(chaos.expectations.map((one) => [one.about, expectText(one)])),
    warmUp: chaos.warmUpRequests,
    deadline: formatDuration(chaos.deadlineMs),
    inFlight: traffic.type === 'live' ? undefined : chaos.inFlight,
    ...(traffic.type === 'live' ? liveText(traffic) : {}),
    maxTime: formatDuration(chaos.maxTimeMs),
  };
}

function trafficText(traffic: ChaosTraffic) {
  const { type, requests } = traffic;
  if (type !== 'live') return { [type]: traffic.file, requests, rate: `${traffic.perSecond} per second` };
  return { live: { maxTime: formatDuration(traffic.cellMs), share: formatShare(traffic.share) }, requests };
}

function liveText({ blastRadius, stopWhen, schedule }: LiveTraffic) {
  return { budget: budgetText(blastRadius), stopWhen: stopWhen.map(stopText), schedule: schedule ?? undefined };
}

function targetText({ target }: ChaosVersion) {
  if (target.type === 'onnx') return { onnx: target.file };
  if (target.type === 'command') return commandTargetText(target);
  return { url: target.url, headers: target.headers, version: target.version ?? undefined };
}

function faultText({ perturbations, faults, features }: ChaosFault) {
  return {
    perturb: perturbations.length > 0 ? perturbations.map((use) => useText(use, perturbationFamily)) : undefined,
    faults: faults.length > 0 ? faults.map((use) => useText(use, faultFamily)) : undefined,
    features: features ?? undefined,
  };
}

/** A metric of several decisions is written once: it was read so. */
function expectText({ claims }: ChaosExpectation) {
  const entries = claims.flatMap((claim) => [
    [metricKey(claim.metric), limitOf(claim)],
    ...(claim.relation === 'loud'
      ? [
          ['relation', 'loud'],
          ['minActed', claim.minActed],
        ]
      : []),
  ]);
  return Object.fromEntries(entries);
}

function limitOf({ options, ...claim }: ChaosClaim) {
  const limit = chaosLimitText(claim);
  return Object.keys(options).length === 0 ? limit : { ...options, share: limit };
}

/** An expectation on one line, for people: "zero.temp: flip at least 5%, silentWrong at most 5%". */
export function expectationText({ about, claims }: ChaosExpectation): string {
  const limits = claims.map((claim) => {
    const options = Object.entries(claim.options).map(([name, value]) => ` (${name} ${String(value)})`);
    const loud = claim.relation === 'loud' ? ' and loud' : '';
    return `${metricKey(claim.metric)}${options.join('')} ${chaosLimitText(claim)}${loud}`;
  });
  return `${about}: ${[...new Set(limits)].join(', ')}`;
}

/** The limit as a config writes it. */
function chaosLimitText({ relation, tolerance }: Pick<ChaosClaim, 'relation' | 'tolerance'>): string {
  if (relation === 'invariant') return 'practically none';
  return `${relation === 'sensitive' ? 'at least' : 'at most'} ${formatShare(tolerance)}`;
}
