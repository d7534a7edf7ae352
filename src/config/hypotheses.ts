// `expect`: what is claimed of each arm. An entry names an arm, or an arm and one of its decisions; each line in it is a
// metric with its limit. Claims that cannot be judged as written are refused here, not discovered at the end of a run.
import type { Arm, Decision, Hypothesis, Segmentation } from '../model.ts';
import { type ExpectationOptions, optionKeys, readExpectationOptions } from './expectation-options.ts';
import type { Limit } from './limit.ts';
import { readLimit, readMetric, type Subject } from './metric-limit.ts';
import { readWrittenMetric, type WrittenMetric } from './metric-options.ts';
import { knownMetrics } from './metrics.ts';
import { suggestion } from './nearest.ts';
import { childOf, entriesOf, isRecord, listed, nameOf, type Spot, show } from './shape.ts';

/** A hypothesis before the run's error budget is divided; what one observation is, is the experiment's to say. */
export type Claim = Omit<Hypothesis, 'rows' | 'alphaViolated' | 'alphaHolds'>;

export interface ExpectSetting {
  readonly arms: readonly Arm[];
  /** Every arm name that is written, also of arms that were refused. */
  readonly armNames: readonly string[];
  /** Null when they were reported already. */
  readonly decisions: readonly Decision[] | null;
  readonly segments: readonly Segmentation[] | null;
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
  const [subjectName = '', segmentation, ...more] = name.trim().split(/\s+per\s+/);
  const [armName = '', decisionName, ...rest] = subjectName.split('.');
  const { path, problems } = spot;
  if (more.length > 0) {
    problems.atKey(path, `"${name}" is divided twice: an expectation has at most one "per"`);
    return [];
  }
  checkSegmentation(spot, { segmentation, segments: setting.segments });
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
    segmentation: segmentation ?? null,
    example,
  });
}

function checkSegmentation(
  { path, problems }: Spot,
  { segmentation, segments }: { segmentation: string | undefined; segments: readonly Segmentation[] | null },
): void {
  if (segmentation === undefined || !segments || segments.some(({ name }) => name === segmentation)) return;
  const names = segments.map(({ name }) => name);
  const known = names.length === 0 ? 'none is declared (see segments)' : `declared: ${listed(names)}`;
  problems.atKey(path, `"${segmentation}" is no segmentation${suggestion(segmentation, names)}; ${known}`);
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
    const child = childOf(spot, name);
    const known = readMetric(name, { spot, subject });
    const written = known ? readWrittenMetric(child, { known, decision: subject.decision }) : null;
    // Of an unknown metric the limit's own form is still checked, where it is a limit alone.
    const isKnownWrong = known !== null && written === null;
    const limit =
      isKnownWrong || (!known && isRecord(child.value))
        ? null
        : readLimit(written?.limit ?? child, { metric: written?.metric ?? null, subject });
    return written && limit && options ? claimOf({ written, limit, subject, options }) : [];
  });
}

interface Sound {
  readonly written: WrittenMetric;
  readonly limit: Limit;
  readonly subject: Subject;
  readonly options: ExpectationOptions;
}

function claimOf({ written, limit, subject, options }: Sound): readonly Claim[] {
  const { arm, decision, hasDecision, segmentation } = subject;
  const { metric } = written.metric;
  if (!arm || (hasDecision && !decision)) return [];
  const relation = options.isLoud ? 'loud' : limit.relation;
  const parts = [arm.name, decision?.name, metric.name, relation === 'bounded' ? undefined : relation];
  const { against, tolerance } = limit;
  const { minActed, required, notify } = options;
  const whole = parts.filter((part) => part !== undefined).join('.');
  const id = segmentation === null ? whole : `${whole}@${segmentation}`;
  const of = {
    arm: arm.name,
    decision: decision?.name ?? null,
    metric: metric.name,
    options: written.options,
    segmentation,
  };
  return [{ id, ...of, relation, against, tolerance, minActed, required, notify, automatic: false }];
}
