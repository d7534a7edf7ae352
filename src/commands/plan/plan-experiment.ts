// The plan of one experiment as lines for people, and the reasons why it could not be done as configured.
import { faultFamily } from '../../config/arms.ts';
import { heldText, lateText } from '../../config/delay-fault.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { useText } from '../../config/experiment-text.ts';
import { perturbationFamily } from '../../config/perturbations.ts';
import { approximateSize } from '../../config/sizes-and-rates.ts';
import { metricOf } from '../../core/judge/observe.ts';
import { percent, whole } from '../../core/judge/words.ts';
import { formatDuration } from '../../core/units.ts';
import { watchOf } from '../../core/watch/claim.ts';
import { meantShareOf, otherVersionOf } from '../../faults/swap.ts';
import type { Arm, Experiment, KindUse } from '../../model.ts';
import { boundLines } from './bounds.ts';
import { type Forecast, forecast } from './forecast.ts';
import { forecastLines } from './forecast-lines.ts';
import { about, rateText, requestsText } from './say.ts';
import { stopLines } from './stops.ts';
import { type Traffic, timeUntilMs, trafficOf } from './traffic.ts';
import { placeOf, worstCaseLines } from './worst-case.ts';

export interface PlanSetting {
  readonly config: EffectiveConfig;
  readonly productionPerSecond: number | null;
}

export function planExperiment(experiment: Experiment, setting: PlanSetting) {
  const traffic = trafficOf(experiment, setting);
  const forecasts = experiment.hypotheses.flatMap((hypothesis) => {
    const arm = experiment.arms.find(({ name }) => name === hypothesis.arm);
    return arm ? [forecast(hypothesis, arm)] : [];
  });
  const lines = [
    experiment.name,
    ...sendingLines(experiment, { traffic, watch: setting.config.watch }),
    ...faultLines(experiment),
    ...worstCaseLines(experiment, { config: setting.config, traffic }),
    ...boundLines(experiment, setting.config),
    ...timingLines(experiment, traffic),
    ...stopLines(experiment, traffic),
    ...forecasts.flatMap((one) => forecastLines(one, { experiment, traffic })),
  ];
  return { lines, refusals: refusalsOf(experiment, { traffic, forecasts }) };
}

function sendingLines(
  experiment: Experiment,
  { traffic, watch }: { readonly traffic: Traffic; readonly watch: EffectiveConfig['watch'] },
): string[] {
  const { blastRadius: budget, arms, maxTimeMs } = experiment;
  const arriving = `production is assumed to get ${rateText(traffic.productionPerSecond)}`;
  const used = traffic.sentPerSecond / traffic.productionPerSecond;
  const cap = traffic.isCapped ? `, capped by the budget of ${rateText(budget.maxRequestsPerSecond)}` : '';
  const worst = Math.min(traffic.mostRequests * budget.maxBodyBytes, (budget.maxBytesPerSecond * maxTimeMs) / 1000);
  return [
    `  sends     ${rateText(traffic.sentPerSecond)} to each arm (${arriving}; ${percent(used)} of it is used${cap})`,
    ...arms.map(
      (arm) =>
        `            - ${arm.name} (${arm.role}): ${targetText(arm)}, deadline ${formatDuration(arm.deadlineMs)}`,
    ),
    ...probeLines(experiment, watch),
    `  at most   ${budget.maxInFlightPerArm} open at a time, ${whole(traffic.mostRequests)} requests and ${approximateSize(worst)} of bodies per arm and run`,
    ...crowding(experiment, traffic),
  ];
}

function targetText(arm: Arm): string {
  const uses = [...arm.perturbations, ...arm.faults].map((use) => `${use.type} in ${percent(meantShareOf(use))}`);
  const other = otherVersionOf(arm);
  const forward = arm.target?.type === 'http' ? (arm.target.forward ?? []) : [];
  const headers = forward.length === 0 ? [] : [`with production’s ${forward.join(', ')}`];
  return [placeOf(arm.target), ...(other === null ? [] : [`or ${placeOf(other)}`]), ...headers, ...uses].join(', ');
}

/** What is sent besides copies. */
function probeLines({ arms, hypotheses }: Experiment, watch: EffectiveConfig['watch']): string[] {
  const isWatched = watch?.claims.some((claim) => watchOf(claim).learnDefault !== undefined) === true;
  const asked = arms.filter(
    ({ name, role }) =>
      (isWatched && role === 'control') ||
      hypotheses.some((one) => one.arm === name && metricOf(one).learn !== undefined),
  );
  return asked.map(
    ({ name }) =>
      `            - ${name}, in the warm-up: one request more with every declared input at its default, again with the next while it gives no answer`,
  );
}

/** What is done to each arm, in the config's own words: a plan that hides how hard it strikes is none. */
function faultLines({ arms }: Experiment): string[] {
  const lines = arms.flatMap(({ name, perturbations, faults, deadlineMs }) => {
    const uses = [
      ...perturbations.map((use) => useText(use, perturbationFamily)),
      ...faults.map((use) => useText(use, faultFamily)),
    ];
    const delays = faults.filter(({ type }) => type === 'delay').map((use) => `${name}: ${delayText(use, deadlineMs)}`);
    return uses.length === 0 ? [] : [`${name}: ${uses.map(flowText).join(', ')}`, ...delays];
  });
  return lines.map((line, index) => `${index === 0 ? '  does      ' : '            '}${line}`);
}

/** How long, so that nobody must know the law's name. */
function delayText({ options }: KindUse, deadlineMs: number): string {
  const late = lateText(options, { deadlineMs });
  const past =
    late === null
      ? 'none of it past the deadline'
      : `${late} longer than the deadline of ${formatDuration(deadlineMs)}`;
  return `requests are held ${heldText(options)}; ${past}`;
}

/** @example flowText({ delay: '800ms', share: '30%' }) // "{delay: 800ms, share: 30%}" */
function flowText(use: object): string {
  return `{${Object.entries(use)
    .map(([key, value]) => `${key}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join(', ')}}`;
}

/** Little's law: what is open at a time is rate × time to answer. */
function crowding({ blastRadius, arms }: Experiment, { sentPerSecond }: Traffic): string[] {
  const slowestMs = Math.max(...arms.map((arm) => arm.deadlineMs));
  const fullAtMs = (blastRadius.maxInFlightPerArm / sentPerSecond) * 1000;
  if (fullAtMs >= slowestMs) return [];
  return [
    `            an arm that takes more than ${about(fullAtMs)} on average has ${blastRadius.maxInFlightPerArm} open; further requests count as its timeouts`,
  ];
}

function timingLines(experiment: Experiment, { sentPerSecond }: Traffic): string[] {
  const { warmUpRequests, bucketMs, joinDeadlineMs, maxTimeMs, maxPairs } = experiment;
  // The warm-up has the first step of a ramp.
  const slower = experiment.share / (experiment.ramp?.shares[0] ?? experiment.share);
  const unscored = `${requestsText(warmUpRequests)} per arm (${about((warmUpRequests / sentPerSecond) * slower * 1000)}) that are not judged`;
  const warmUp = warmUpRequests === 0 ? 'without a warm-up' : `with a warm-up of ${unscored}`;
  const pairs = maxPairs === null ? '' : ` or ${whole(maxPairs)} pairs`;
  return [
    `  starts    ${startText(experiment)}, ${warmUp}`,
    `  counts    in buckets of ${formatDuration(bucketMs)}, each closed ${formatDuration(joinDeadlineMs)} after its end`,
    `  ends      when all that is required is decided, at the latest after ${formatDuration(maxTimeMs)}${pairs}`,
  ];
}

const starts = { 'with-serve': 'with serve', 'on-request': 'on request (penumbra run start)' } as const;

function startText({ start, schedule }: Experiment): string {
  if (start !== 'on-schedule') return starts[start];
  return schedule ? `by itself, "${schedule.at}" in ${schedule.zone}` : 'by itself';
}

/** Judged at its best: what even a faultless arm could not prove in time is refused. */
function refusalsOf(
  experiment: Experiment,
  { traffic, forecasts }: { traffic: Traffic; forecasts: readonly Forecast[] },
): string[] {
  const { name, maxTimeMs, gate } = experiment;
  const refuse = (what: string, sent: number): string[] => {
    const neededMs = timeUntilMs(sent, { experiment, traffic });
    if (neededMs > maxTimeMs)
      return [
        `${name}: ${what} needs ${about(neededMs)} at ${rateText(traffic.sentPerSecond)}, and maxTime is ${formatDuration(maxTimeMs)}`,
      ];
    if (sent <= traffic.mostRequests) return [];
    return [
      `${name}: ${what} needs ${whole(sent)} requests per arm, and the budget or maxPairs allows ${whole(traffic.mostRequests)}`,
    ];
  };
  const claims = forecasts.filter(({ hypothesis }) => hypothesis.required);
  const refusals = claims.flatMap(({ hypothesis, sent }) =>
    sent === null
      ? [`${name}: ${hypothesis.id} cannot be proven with any number of requests that penumbra counts`]
      : refuse(hypothesis.id, sent),
  );
  return gate ? [...refusals, ...refuse(`the gate’s minPairs of ${whole(gate.minPairs)}`, gate.minPairs)] : refusals;
}
