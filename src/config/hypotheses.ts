// `expect`: what is claimed of each arm. An entry names an arm, or an arm and one of its decisions; each line in it is a
// metric with its limit. Claims that cannot be judged as written are refused here, not discovered at the end of a run.
import type { Arm, Decision, Hypothesis } from '../model.ts';
import { type ExpectationOptions, optionKeys, readExpectationOptions } from './expectation-options.ts';
import type { Limit } from './limit.ts';
import { readLimit, readMetric, type Subject } from './metric-limit.ts';
import { type KnownMetric, knownMetrics } from './metrics.ts';
import { suggestion } from './nearest.ts';
import { childOf, entriesOf, isRecord, listed, nameOf, type Spot, show } from './shape.ts';

/** A hypothesis before the run's error budget is divided. */
export type Claim = Omit<Hypothesis, 'alphaViolated' | 'alphaHolds'>;

export interface ExpectSetting {
  readonly arms: readonly Arm[];
  /** Every arm name that is written, also of arms that were refused. */
  readonly armNames: readonly string[];
  /** Null when they were reported already. */
  readonly decisions: readonly Decision[] | null;
}

export function readExpectations(spot: Spot, setting: ExpectSetting): readonly Claim[] {
  const before = spot.problems.count();
  const entries = entriesOf(spot, 'a map such as candidate.late: {flip: at most 5%}');
  if (entries.length === 0 && spot.problems.count() === before) {
    spot.problems.at(
      spot.path,
      `${nameOf(spot.path)} requires an expectation, such as candidate.late: {flip: at most 5%}`,
    );
  }
  return entries.flatMap(([name, entry]) => readEntry(name, { spot: entry, setting }));
}

function readEntry(name: string, { spot, setting }: { spot: Spot; setting: ExpectSetting }): readonly Claim[] {
  const [armName = '', decisionName, ...rest] = name.split('.');
  const { path, problems } = spot;
  if (!setting.armNames.includes(armName) || rest.length > 0) {
    const hint = suggestion(armName, setting.armNames);
    problems.atKey(path, `"${name}" names no arm of this experiment${hint}; arms: ${listed(setting.armNames)}`);
    return [];
  }
  const decisions = setting.decisions ?? [];
  const decision = decisions.find((known) => known.name === decisionName) ?? null;
  if (decisionName !== undefined && !decision && setting.decisions) {
    const names = decisions.map((known) => known.name);
    problems.atKey(
      path,
      `"${decisionName}" is no decision${suggestion(decisionName, names)}; decisions: ${listed(names)}`,
    );
  }
  const arm = setting.arms.find((known) => known.name === armName) ?? null;
  const { arms, armNames } = setting;
  const example = decisions[0]?.name ?? 'DECISION';
  return readClaims(spot, {
    armName,
    arm,
    arms,
    armsAreComplete: arms.length === armNames.length,
    hasDecision: decisionName !== undefined,
    decision,
    example,
  });
}

function readClaims(spot: Spot, subject: Subject): readonly Claim[] {
  const { value, path, problems } = spot;
  if (!isRecord(value)) {
    problems.at(path, `${nameOf(path)} requires metrics with limits, such as {flip: at most 5%}, got ${show(value)}`);
    return [];
  }
  const names = Object.keys(value).filter((key) => !optionKeys.includes(key));
  if (names.length === 0) {
    problems.at(path, `${nameOf(path)} requires at least one metric: ${listed(knownMetrics.map(({ key }) => key))}`);
  }
  const options = readExpectationOptions(spot, { names, subject });
  return names.flatMap((name) => {
    const metric = readMetric(name, { spot, subject });
    const limit = readLimit(childOf(spot, name), { metric, subject });
    return metric && limit && options ? claimOf({ metric, limit, subject, options }) : [];
  });
}

interface Sound {
  readonly metric: KnownMetric;
  readonly limit: Limit;
  readonly subject: Subject;
  readonly options: ExpectationOptions;
}

function claimOf({ metric: { metric }, limit, subject, options }: Sound): readonly Claim[] {
  const { arm, decision, hasDecision } = subject;
  if (!arm || (hasDecision && !decision)) return [];
  const relation = options.isLoud ? 'loud' : limit.relation;
  const parts = [arm.name, decision?.name, metric.name, relation === 'bounded' ? undefined : relation];
  const { against, tolerance } = limit;
  const { minActed, required } = options;
  const id = parts.filter((part) => part !== undefined).join('.');
  const of = { arm: arm.name, decision: decision?.name ?? null, metric: metric.name, options: {}, segmentation: null };
  return [{ id, ...of, relation, against, tolerance, minActed, required, automatic: false }];
}
