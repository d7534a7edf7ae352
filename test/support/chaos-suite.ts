// A finished suite as the runner hands it over, with stated counts: v2 is four times as fragile as v1 to a stale delay, both fail on a
// dropped one, and one cell never ran.
import { cardOf } from '../../src/chaos/card.ts';
import type { CellResult, Judged, SuiteResult } from '../../src/chaos/suite-result.ts';
import type { ChaosConfig } from '../../src/config/chaos-config.ts';
import { betaInterval } from '../../src/core/stats/beta-interval.ts';
import type { Verdict } from '../../src/model.ts';

const target = { type: 'onnx', file: '/m.onnx', sha256: '0' } as const;
const perFeature = { features: ['delay', 'wind'], faults: [] };

export const chaosConfig: ChaosConfig = {
  versions: [
    { name: 'v1', target },
    { name: 'v2', target },
  ],
  traffic: { type: 'rows', file: '/data/<rows>.jsonl', requests: 1050, perSecond: 100 },
  features: ['delay', 'wind'],
  faults: [
    { name: 'stale', perturbations: [{ type: 'zero', options: { features: ['each'], share: 1 } }], ...perFeature },
    { name: 'dropped', perturbations: [{ type: 'drop', options: { features: ['each'], share: 0.5 } }], ...perFeature },
    {
      name: 'slow',
      perturbations: [],
      faults: [{ type: 'delay', options: { delayMs: 5, jitterMs: 0, share: 0.1 } }],
      features: null,
    },
  ],
  expectations: [
    {
      about: 'stale.wind',
      claims: [
        { metric: 'flip', decision: 'late', options: {}, relation: 'sensitive', tolerance: 0.02, minActed: 200 },
        {
          metric: 'confidence-fall',
          decision: 'late',
          options: { by: 0.1 },
          relation: 'loud',
          tolerance: 0.2,
          minActed: 9,
        },
      ],
    },
  ],
  warmUpRequests: 50,
  deadlineMs: 1000,
  inFlight: 32,
  maxTimeMs: 60_000,
  bucketMs: 10_000,
};

function judged(metric: string, { n, hits, verdict }: { n: number; hits: number; verdict: Verdict }): Judged {
  const interval = n === 0 ? null : betaInterval({ n, hits, alpha: 0.01 });
  const known = { decision: 'late', metric, relation: 'bounded', tolerance: 0.05 } as const;
  return { ...known, verdict, n, estimate: n === 0 ? null : hits / n, interval };
}

interface Counts {
  readonly flips: number;
  readonly silent: number;
}

function cell(version: string, feature: string | null, fault: string, counts: Counts): CellResult {
  const isDropped = fault === 'dropped';
  const [n, acted] = [1000, isDropped ? 500 : 1000];
  const verdict = (hits: number, of: number): Verdict =>
    hits / of > 0.1 ? 'VIOLATED' : hits === 0 ? 'HOLDS' : 'UNDECIDED';
  return {
    version,
    feature,
    fault,
    share: isDropped ? 0.5 : 1,
    asked: n,
    acted,
    failed: isDropped ? acted : 0,
    marked: 0,
    hypotheses: [
      judged('flip', { n, hits: counts.flips, verdict: verdict(counts.flips, n) }),
      judged('silent-wrong', { n: acted, hits: counts.silent, verdict: verdict(counts.silent, acted) }),
    ],
  };
}

const none = { flips: 0, silent: 0 };

const suiteResult: SuiteResult = {
  requests: 1050,
  versions: [
    { name: 'v1', modelVersion: 'v1+sha256.1', answered: 1050, failed: 0, noise: [] },
    { name: 'v2', modelVersion: null, answered: 1040, failed: 10, noise: [] },
  ],
  cells: [
    cell('v1', 'delay', 'stale', { flips: 50, silent: 100 }),
    cell('v1', 'wind', 'stale', none),
    cell('v1', 'delay', 'dropped', none),
    cell('v1', 'wind', 'dropped', none),
    cell('v1', null, 'slow', none),
    cell('v2', 'delay', 'stale', { flips: 200, silent: 400 }),
    {
      ...cell('v2', 'wind', 'stale', none),
      acted: 0,
      hypotheses: [
        judged('flip', { n: 1000, hits: 0, verdict: 'HOLDS' }),
        judged('silent-wrong', { n: 0, hits: 0, verdict: 'UNDECIDED' }),
      ],
    },
    cell('v2', 'delay', 'dropped', none),
    cell('v2', 'wind', 'dropped', none),
    {
      ...cell('v2', null, 'slow', none),
      asked: 0,
      acted: 0,
      hypotheses: [judged('flip', { n: 0, hits: 0, verdict: 'UNDECIDED' })],
    },
  ],
  leftOut: ['v2: whole request: maxTime was over'],
};

export const suiteCard = cardOf(suiteResult, { config: { service: 'flights <b>', alpha: 0.01 }, chaos: chaosConfig });
