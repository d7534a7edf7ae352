// The robustness card as plain data: every version under every fault of every feature, what it does about it (fails aloud, stays within
// bounds, is silently wrong), and how the versions differ. The same suite on the same traffic always gives the same card.
import type { ChaosConfig, ChaosTraffic } from '../config/chaos-config.ts';
import { expectationText } from '../config/chaos-text.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { formatShare } from '../core/units.ts';
import type { Decision, Relation, Verdict } from '../model.ts';
import { type Comparison, compareVersions } from './compare-versions.ts';
import { describeFault } from './describe-fault.ts';
import { type Nature, natureOf } from './nature.ts';
import { wholeRequest } from './plan-suite.ts';
import { sentencesOf } from './sentences.ts';
import type { CellResult, SuiteResult, VersionResult } from './suite-result.ts';

export interface Card {
  readonly service: string;
  /** Where the requests came from, and how many of them a cell was asked, at most. */
  readonly traffic: { readonly file: string; readonly requests: number; readonly warmUp: number };
  /** Error rate of each HOLDS, of all VIOLATED of one version together, and of all comparisons together. */
  readonly alpha: number;
  readonly versions: readonly CardVersion[];
  readonly features: readonly string[];
  readonly faults: readonly { readonly name: string; readonly what: string; readonly isOfFeature: boolean }[];
  /** What can be said first, the largest differences before the rest. */
  readonly sentences: readonly string[];
  /** What was expected, as the config says it; what is closest to a cell wins. */
  readonly expectations: readonly string[];
  readonly cells: readonly CardCell[];
  readonly treatments: readonly Treatment[];
  /** Every other version beside the first, the surest and largest difference first. */
  readonly comparisons: readonly Comparison[];
  readonly summary: Readonly<Record<CardVerdict, number>>;
  readonly notes: readonly string[];
}

export type CardVerdict = Extract<Verdict, 'HOLDS' | 'VIOLATED' | 'UNDECIDED'>;

export interface CardVersion {
  readonly name: string;
  readonly role: 'production' | 'candidate';
  /** As it says it of itself. */
  readonly version: string | null;
  /** Requests that it answered when nothing was wrong. */
  readonly answered: number;
  readonly summary: Readonly<Record<CardVerdict, number>>;
}

/** One version, feature, fault and metric. */
export interface CardCell {
  readonly version: string;
  /** "whole request" for a fault that names no feature. */
  readonly feature: string;
  readonly fault: string;
  readonly share: number;
  readonly decision: string | null;
  readonly metric: string;
  readonly n: number;
  readonly estimate: number | null;
  /** Covers at all times with probability 1 − alpha, on its own; [0, 1] before the first observation. */
  readonly interval: readonly [number, number];
  readonly verdict: CardVerdict;
  readonly relation: Relation;
  readonly limit: number;
}

/** What a fault did, and how it showed. */
export interface Treatment {
  readonly version: string;
  readonly feature: string;
  readonly fault: string;
  readonly share: number;
  readonly asked: number;
  readonly acted: number;
  readonly failed: number;
  readonly marked: number;
  readonly nature: Nature;
}

export interface CardSetting {
  readonly config: Pick<EffectiveConfig, 'service' | 'alpha'> & Partial<Pick<EffectiveConfig, 'decisions'>>;
  readonly chaos: ChaosConfig;
}

export function cardOf(result: SuiteResult, { config, chaos }: CardSetting): Card {
  const { alpha, service } = config;
  const { traffic, warmUpRequests } = chaos;
  const cells = result.cells.flatMap(cellsOf);
  const treatments = result.cells.map(treatmentOf);
  const [first] = chaos.versions;
  const versions = result.versions.map((version): CardVersion => {
    const { name, modelVersion, answered } = version;
    const summary = summaryOf(cells.filter((cell) => cell.version === name));
    return { name, role: name === first?.name ? 'production' : 'candidate', version: modelVersion, answered, summary };
  });
  const known = {
    service,
    traffic: { file: sourceOf(traffic), requests: result.requests, warmUp: warmUpRequests },
    alpha,
    versions,
    features: [...new Set(cells.map(({ feature }) => feature))].filter((feature) => feature !== wholeRequest),
    faults: chaos.faults.map((fault) => ({
      name: fault.name,
      what: describeFault(fault),
      isOfFeature: fault.features !== null,
    })),
    expectations: chaos.expectations.map(expectationText),
    cells,
    treatments,
    comparisons: compareVersions(cells, { versions: versions.map(({ name }) => name), alpha }),
    summary: summaryOf(cells),
    notes: notesOn(result, { alpha, traffic, decisions: config.decisions ?? [] }),
  };
  return { ...known, sentences: sentencesOf(known) };
}

/** The name of a recording's file. */
function sourceOf(traffic: ChaosTraffic): string {
  return traffic.type === 'live' ? 'live traffic' : (traffic.file.split(/[\\/]/).at(-1) ?? '');
}

function cellsOf({ version, feature, fault, share, hypotheses }: CellResult): CardCell[] {
  return hypotheses.map(({ decision, metric, n, estimate, interval, verdict, relation, tolerance }) => ({
    version,
    feature: feature ?? wholeRequest,
    fault,
    share,
    decision,
    metric,
    n,
    estimate,
    interval: interval ?? [0, 1],
    verdict: verdict === 'HOLDS' || verdict === 'VIOLATED' ? verdict : 'UNDECIDED',
    relation,
    limit: tolerance,
  }));
}

function treatmentOf(cell: CellResult): Treatment {
  const { version, feature, fault, share, asked, acted, failed, marked } = cell;
  return {
    version,
    feature: feature ?? wholeRequest,
    fault,
    share,
    asked,
    acted,
    failed,
    marked,
    nature: natureOf(cell),
  };
}

function summaryOf(cells: readonly CardCell[]): Record<CardVerdict, number> {
  const count = (verdict: CardVerdict): number => cells.filter((cell) => cell.verdict === verdict).length;
  return { HOLDS: count('HOLDS'), VIOLATED: count('VIOLATED'), UNDECIDED: count('UNDECIDED') };
}

const liveNote =
  'Live traffic: each cell had the requests of its own stretch of time; the versions took turns under each fault, so that what production was asked meanwhile is alike.';

function notesOn({ versions, leftOut }: SuiteResult, { alpha, traffic, decisions }: Noted): string[] {
  const notes = versions.flatMap(({ name, failed, answered }) =>
    failed === 0
      ? []
      : [`${name} did not answer ${failed} of ${failed + answered} untouched requests: they are in no cell`],
  );
  const rate = `${Number((100 * alpha).toPrecision(3))} %`;
  const sure = `${Number((100 * (1 - alpha)).toPrecision(4))} %`;
  return [
    ...(traffic.type === 'live' ? [liveNote] : []),
    ...leftOut.map((one) => `left out: ${one}`),
    ...notes,
    ...versions.flatMap(noiseNote),
    `Rates are shares of all compared requests, also of those that a fault left as they were, since the value was already so; where loud is expected, of those alone that it changed.`,
    ...materialNote(decisions),
    `How sure: each ✓ is wrong with probability at most ${rate}; all ✗ of one version together at most ${rate}. The interval of a rate holds the true one with ${sure}, each on its own, for a rate that is the same all along; ✓ and ✗ need no such assumption.`,
    `Comparisons: a ratio of two rates lies between the lowest that the one may be over the highest that the other may be, and the reverse. For this the intervals are wider than those shown, so that all ratios of the card are right together with ${sure}, however many are looked at, and whatever the two versions have in common.`,
  ];
}

interface Noted {
  readonly alpha: number;
  readonly traffic: ChaosTraffic;
  readonly decisions: readonly Decision[];
}

/** What "materially different" is. */
function materialNote(decisions: readonly Decision[]): string[] {
  const texts = decisions.map(({ name, material, kind }) => {
    if (material === null) return `${name} by another label`;
    return `${name} by more than ${kind === 'regression' ? `${formatShare(material)} of its scale` : material}`;
  });
  return texts.length === 0 ? [] : [`Materially different means that the answer moved: ${texts.join(', ')}.`];
}

/** Only worth a note when an untouched version is unlike itself. */
function noiseNote({ name, noise }: VersionResult): string[] {
  const n = noise.reduce((sum, one) => sum + one.n, 0);
  const differing = noise.reduce((sum, one) => sum + Math.round(one.n * (one.estimate ?? 0)), 0);
  return differing === 0 ? [] : [`${name} answers the untouched request differently ${differing} of ${n} times`];
}
