// `chaos.expect`: what is expected of every version under "all" faults, under one fault, or under one fault of one feature. Answers are
// compared with the same version's own answers to the untouched request, so limits are stated and never relative to a control.
import type { Arm, Decision } from '../model.ts';
import { type ChaosClaim, type ChaosExpectation, type ChaosFault, everyFault } from './chaos-config.ts';
import { optionKeys, readExpectationOptions } from './expectation-options.ts';
import { readLimit, readMetric, type Subject } from './metric-limit.ts';
import { readWrittenMetric } from './metric-options.ts';
import { type KnownMetric, knownMetrics, metricAt } from './metrics.ts';
import { suggestion } from './nearest.ts';
import { childOf, entriesOf, isRecord, listed, nameOf, type Spot, show } from './shape.ts';

export interface ChaosExpectSetting {
  readonly faults: readonly ChaosFault[];
  /** Every fault that is written, also one that was refused. */
  readonly faultNames: readonly string[];
  readonly decisions: readonly Decision[];
}

/** Without a word about "all" the card still judges how often answers flip, are silently wrong, and lose confidence. */
const standardLimits = [
  { metric: 'flip', tolerance: 0.05 },
  { metric: 'silent-wrong', tolerance: 0.05 },
  { metric: 'confidence-fall', tolerance: 0.2 },
] as const;

export function readChaosExpectations(spot: Spot, setting: ChaosExpectSetting): readonly ChaosExpectation[] {
  const entries = spot.value === undefined ? [] : entriesOf(spot, 'a map such as all: {flip: at most 5%}');
  const read = entries.map(([about, entry]) => ({ about, claims: readEntry(about, { spot: entry, setting }) }));
  if (read.some(({ about }) => about === everyFault)) return read;
  return [{ about: everyFault, claims: setting.decisions.flatMap(standardClaims) }, ...read];
}

function standardClaims({ name, kind }: Decision): readonly ChaosClaim[] {
  const known = standardLimits.flatMap(({ metric, tolerance }) => {
    const found = knownMetrics.find((one) => one.metric.name === metric);
    return found?.metric.applies(kind) ? [{ metric, tolerance, options: defaultsOf(found) }] : [];
  });
  return known.map((claim) => ({ ...claim, decision: name, relation: 'bounded', minActed: standardMinActed }));
}

const standardMinActed = 200;

function defaultsOf({ options }: KnownMetric): Record<string, unknown> {
  const entries = Object.entries(options.properties as Record<string, { default?: unknown }>);
  return Object.fromEntries(entries.map(([name, schema]) => [name, schema.default]));
}

function readEntry(about: string, { spot, setting }: { spot: Spot; setting: ChaosExpectSetting }): ChaosClaim[] {
  const { path, problems, value } = spot;
  const unknown = whyUnknown(about, setting);
  if (unknown !== null) {
    problems.atKey(path, unknown);
    return [];
  }
  if (!isRecord(value)) {
    problems.at(path, `${nameOf(path)} requires metrics with limits, such as {flip: at most 5%}, got ${show(value)}`);
    return [];
  }
  const [name = ''] = about.split('.');
  const meant = setting.faults.filter((fault) => about === everyFault || fault.name === name);
  const names = Object.keys(value).filter((key) => !optionKeys.includes(key));
  if (names.length === 0) problems.at(path, `${nameOf(path)} requires at least one metric, such as flip: at most 5%`);
  if ('required' in value) problems.atKey([...path, 'required'], 'required has no meaning here: every cell is judged');
  if ('notify' in value) problems.atKey([...path, 'notify'], 'notify has no meaning here: the card is the message');
  return names.flatMap((metric) => readClaims(metric, { spot, names, meant, setting }));
}

function whyUnknown(about: string, { faults, faultNames }: ChaosExpectSetting): string | null {
  const [name = '', ...rest] = about.split('.');
  if (about === everyFault) return null;
  if (!faultNames.includes(name)) {
    const known = [everyFault, ...faultNames];
    return `"${about}" names no fault of this suite${suggestion(name, known)}; faults: ${listed(known)}`;
  }
  const fault = faults.find((known) => known.name === name);
  const feature = rest.join('.');
  if (rest.length === 0 || fault === undefined || fault.features?.includes(feature)) return null;
  if (fault.features === null) return `"${about}" names a feature, and ${name} is done to the whole request`;
  return `"${about}" names no feature of ${name}${suggestion(feature, fault.features)}; features: ${listed(fault.features)}`;
}

interface Reading {
  readonly spot: Spot;
  readonly names: readonly string[];
  readonly meant: readonly ChaosFault[];
  readonly setting: ChaosExpectSetting;
}

/** One metric, for every decision that it can be read of. */
function readClaims(name: string, { spot, names, meant, setting }: Reading): ChaosClaim[] {
  const known = metricAt(name);
  const needsDecision = known?.metric.needsDecision !== false;
  const fitting = setting.decisions.filter(({ kind }) => known?.metric.applies(kind) === true);
  const decisions = needsDecision ? (fitting.length > 0 ? fitting : setting.decisions.slice(0, 1)) : [null];
  const before = spot.problems.count();
  const claims: ChaosClaim[] = [];
  for (const decision of decisions) {
    for (const fault of meant) {
      const claim = readClaim(name, { spot, names, subject: subjectOf(fault, decision) });
      if (spot.problems.count() > before || claim === null) return [];
      if (fault === meant[0]) claims.push(claim);
    }
  }
  return claims;
}

function readClaim(
  name: string,
  { spot, names, subject }: { spot: Spot; names: readonly string[]; subject: Subject },
): ChaosClaim | null {
  const { problems } = spot;
  const child = childOf(spot, name);
  const options = readExpectationOptions(spot, { names, subject });
  const known = readMetric(name, { spot, subject });
  if (known === null || options === null) return null;
  if (known.metric.needsTruth || known.metric.statistic('limit') !== 'bernoulli' || known.metric.onlyAgainstControl) {
    problems.atKey(
      child.path,
      `${name} is no share of requests, which a card holds; use flip, silentWrong or the like`,
    );
    return null;
  }
  const written = readWrittenMetric(child, { known, decision: subject.decision });
  const limit = written && readLimit(written.limit, { metric: written.metric, subject });
  if (!written || !limit) return null;
  if (written.metric.metric.learn !== undefined) {
    problems.at(
      child.path,
      `${nameOf(child.path)} requires value: a suite asks no version for its answer to nothing known`,
    );
    return null;
  }
  if (limit.against === 'control') {
    const why = 'every version is compared with its own answers: say "at most …"';
    problems.at(written.limit.path, `${nameOf(written.limit.path)} cannot be relative to a control here: ${why}`);
    return null;
  }
  return {
    metric: known.metric.name,
    decision: subject.decision?.name ?? null,
    options: written.options,
    relation: options.isLoud ? 'loud' : limit.relation,
    tolerance: limit.tolerance,
    minActed: options.minActed,
  };
}

/** As if the fault were an arm of an experiment with a control: so it will be. */
function subjectOf({ name, perturbations, faults }: ChaosFault, decision: Decision | null): Subject {
  const plain = { target: null, deadlineMs: 1 };
  const arm: Arm = { ...plain, name, role: 'fault', perturbations, faults };
  const control: Arm = { ...plain, name: 'control', role: 'control', perturbations: [], faults: [] };
  return {
    armName: name,
    arm,
    arms: [control, arm],
    armsAreComplete: true,
    hasDecision: decision !== null,
    decision,
    segmentation: null,
    example: decision?.name ?? 'DECISION',
  };
}
