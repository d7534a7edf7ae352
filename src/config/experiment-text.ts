// One experiment written back in the config's own words, for `validate --effective`.
import { notifyOf } from '../core/judge/notify.ts';
import { formatDuration, formatShare } from '../core/units.ts';
import type { DependencyFaultOptions } from '../faults/dependency.ts';
import { swap } from '../faults/swap.ts';
import type { Arm, BlastRadius, Experiment, Hypothesis, KindUse, StopCondition, TargetSpec } from '../model.ts';
import { faultFamily } from './arms.ts';
import { commandTargetText } from './command-target.ts';
import { dependencyFaultText } from './dependency-fault.ts';
import { limitText } from './describe.ts';
import type { EffectiveConfig } from './effective.ts';
import { fractions, type KindFamily, optionKeys } from './kind-use.ts';
import { metricKey } from './metrics.ts';
import { writtenOptions } from './option-text.ts';
import { perturbationFamily } from './perturbations.ts';
import { rampAndTimesText } from './ramp.ts';
import { formatSize } from './sizes-and-rates.ts';
import { queryStopText } from './stop-query.ts';
import { otherVersionText } from './swap-fault.ts';

type Setting = Pick<EffectiveConfig, 'production'>;

export function experimentText(experiment: Experiment, setting: Setting) {
  const { gate, blastRadius: budget, arms, stopWhen, candidates, schedule } = experiment;
  const perSecond = rateText(budget);
  return {
    arms: Object.fromEntries(arms.map((arm) => [arm.name, armText(arm, { ...setting, perSecond })])),
    expect: expectText(experiment),
    gate: gate
      ? {
          minPairs: gate.minPairs,
          validFor: formatDuration(gate.validForMs),
          staleAfter: formatDuration(gate.staleAfterMs),
          identity: gate.identity,
        }
      : undefined,
    share: experiment.ramp ? undefined : formatShare(experiment.share),
    ...rampAndTimesText(experiment),
    maxPairs: experiment.maxPairs ?? undefined,
    maxTime: experiment.epochMs === null && !schedule ? formatDuration(experiment.maxTimeMs) : undefined,
    epoch: experiment.epochMs === null ? undefined : formatDuration(experiment.epochMs),
    warmUp: experiment.warmUpRequests,
    readyTimeout: formatDuration(experiment.readyTimeoutMs),
    joinDeadline: formatDuration(experiment.joinDeadlineMs),
    rows: experiment.rows,
    start: schedule ? undefined : experiment.start === 'with-serve' ? 'with serve' : 'on request',
    schedule: schedule && { ...schedule, for: formatDuration(experiment.maxTimeMs) },
    candidates: candidates.length > 0 ? candidates : undefined,
    budget: budgetText(budget),
    stopWhen: stopWhen.length > 0 ? stopWhen.map(stopText) : undefined,
    alone: experiment.alone === false ? false : undefined,
  };
}

/** `budget` as a config writes it. */
export function budgetText(budget: BlastRadius) {
  return {
    requests: rateText(budget),
    inFlight: budget.maxInFlightPerArm,
    body: formatSize(budget.maxBodyBytes),
    bytes: `${formatSize(budget.maxBytesPerSecond)} per second`,
    total: budget.maxRequests,
    perDay: budget.maxRequestsPerDay ?? undefined,
    bytesPerDay: budget.maxBytesPerDay == null ? undefined : formatSize(budget.maxBytesPerDay),
  };
}

function rateText({ maxRequestsPerSecond }: BlastRadius): string {
  return `${maxRequestsPerSecond} per second`;
}

function armText(arm: Arm, { production, perSecond }: Setting & { perSecond: string }) {
  const { target, role, perturbations, faults, deadlineMs } = arm;
  const isProduction = target?.type === 'http' && target.url === production.url;
  const http =
    target?.type === 'http'
      ? { url: target.url, headers: target.headers, forward: target.forward, version: target.version ?? undefined }
      : null;
  return {
    target: isProduction ? 'production' : (http ?? ownTargetText(target)),
    allowLoadOnProduction: isProduction ? perSecond : undefined,
    role,
    perturb: perturbations.length > 0 ? perturbations.map((use) => useText(use, perturbationFamily)) : undefined,
    faults: faults.length > 0 ? faults.map((use) => useText(use, faultFamily)) : undefined,
    deadline: formatDuration(deadlineMs),
    hooks: arm.hooks,
  };
}

function ownTargetText(target: TargetSpec | null) {
  if (target?.type === 'command') return commandTargetText(target);
  return target?.type === 'onnx' ? { onnx: target.file } : undefined;
}

/** A perturbation or a fault as a config writes it. */
export function useText(use: KindUse, family: KindFamily) {
  if (use.type === 'dependency') return dependencyFaultText(use.options as DependencyFaultOptions);
  const kind = family.kinds.find((known) => known.name === use.type);
  if (!kind) return {};
  const entries = [...optionKeys(kind, family)].map(([key, option]) => [key, optionText(option, use.options[option])]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** A duration of zero is the absence of one, and cannot be written. */
function optionText(option: string, value: unknown): unknown {
  if (option === swap.mainOption && value !== undefined) return otherVersionText(value as TargetSpec);
  if (typeof value !== 'number') return value;
  if (fractions.includes(option)) return formatShare(value);
  if (!option.endsWith('Ms')) return value;
  return value === 0 ? undefined : formatDuration(value);
}

/** Claims that penumbra adds are not written: it adds them again. */
function expectText({ hypotheses, arms }: Experiment) {
  const roleOf = (name: string) => arms.find((arm) => arm.name === name)?.role;
  const entries: Record<string, Record<string, unknown>> = {};
  for (const hypothesis of hypotheses.filter(({ automatic }) => !automatic)) {
    const { arm, decision, metric, options, segmentation, relation, required, minActed } = hypothesis;
    const whole = decision === null ? arm : `${arm}.${decision}`;
    const subject = segmentation === null ? whole : `${whole} per ${segmentation}`;
    const isLoud = relation === 'loud';
    entries[subject] = {
      ...entries[subject],
      [metricKey(metric)]: hasOptions(options)
        ? { ...writtenOptions(options), share: limitText(hypothesis) }
        : limitText(hypothesis),
      ...(isLoud ? { relation: 'loud', minActed } : {}),
      required,
      notify: notifyOf(hypothesis, roleOf(arm)),
    };
  }
  return entries;
}

function hasOptions(options: Hypothesis['options']): boolean {
  return Object.keys(options).length > 0;
}

export function stopText(condition: StopCondition) {
  if (condition.signal === 'prometheus') return queryStopText(condition);
  const { text, windowMs, minCount, windows } = condition;
  return { when: text, window: formatDuration(windowMs), minCount, windows };
}
