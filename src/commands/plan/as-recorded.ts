// What a recording says about an experiment as it is declared: how each hypothesis ended, how long a live run needs for that at the
// recorded rate, and which required ones would not be decided in the run's time. Then the limits that the recording proposes.
import { metricKey } from '../../config/metrics.ts';
import { amountOf } from '../../core/judge/amounts.ts';
import { percent, whole } from '../../core/judge/words.ts';
import { formatDuration, formatShare } from '../../core/units.ts';
import type { Experiment } from '../../model.ts';
import type { ArmView, HypothesisView, RunView } from '../../pipeline/view-types.ts';
import { type Proposal, roundLimits } from './propose.ts';
import { about, rateText } from './say.ts';
import { type Traffic, timeUntilMs } from './traffic.ts';

export interface Recorded {
  readonly experiment: Experiment;
  readonly traffic: Traffic;
  readonly run: RunView;
  readonly proposals: readonly Proposal[];
  readonly alpha: number;
}

export function asRecorded(recorded: Recorded): { readonly lines: string[]; readonly refusals: string[] } {
  const { run } = recorded;
  const claims = run.arms.flatMap((arm) => arm.hypotheses.map((claim) => ({ arm, claim })));
  const judged = claims.filter(({ claim }) => claim.n > 0);
  return {
    lines: [
      ...(judged.length > 0 ? ['  as recorded'] : []),
      ...judged.map(({ arm, claim }) => `    ${claim.id}: ${claim.sentence}${outlook(arm, claim, recorded)}`),
      ...proposalLines(recorded),
    ],
    refusals: judged.flatMap(({ arm, claim }) => refusalOf(arm, claim, recorded)),
  };
}

/** Requests that an arm must be sent until this is decided, as far as it counted them in the recording; null when never. */
function sentUntilDecided({ conservation }: ArmView, { n, decidedAt, stillNeeded }: HypothesisView): number | null {
  if (decidedAt === null && stillNeeded === null) return null;
  const counted = decidedAt ?? n + (stillNeeded ?? 0);
  return Math.ceil((counted * Math.max(conservation.compared, n)) / n);
}

function outlook(arm: ArmView, claim: HypothesisView, { experiment, traffic }: Recorded): string {
  const sent = sentUntilDecided(arm, claim);
  if (sent === null || !isLimit(claim)) return '';
  return `; live that takes ${about(timeUntilMs(sent, { experiment, traffic }))} at ${rateText(traffic.sentPerSecond)}`;
}

/** DIFFERENT states no limit: nothing waits for it. */
function isLimit({ metric }: HypothesisView): boolean {
  return metric !== 'different';
}

function refusalOf(arm: ArmView, claim: HypothesisView, { experiment, traffic }: Recorded): string[] {
  if (!claim.required || !isLimit(claim)) return [];
  const { name, maxTimeMs } = experiment;
  const sent = sentUntilDecided(arm, claim);
  if (sent === null) {
    return [`${name}: ${claim.id} cannot be decided at what was recorded: it is too close to its limit`];
  }
  const neededMs = timeUntilMs(sent, { experiment, traffic });
  const rate = rateText(traffic.sentPerSecond);
  if (neededMs > maxTimeMs) {
    return [
      `${name}: ${claim.id} needs ${about(neededMs)} at what was recorded and ${rate}, and maxTime is ${formatDuration(maxTimeMs)}`,
    ];
  }
  if (sent <= traffic.mostRequests) return [];
  return [
    `${name}: ${claim.id} needs ${whole(sent)} requests per arm at what was recorded, and the budget or maxPairs allows ${whole(traffic.mostRequests)}`,
  ];
}

function proposalLines(recorded: Recorded): string[] {
  const { proposals, alpha } = recorded;
  if (proposals.length === 0) return [];
  const floor = proposals.filter(({ arm }) => arm.role === 'control');
  const rest = proposals.filter(({ arm }) => arm.role !== 'control');
  const series = roundLimits.map(formatShare).join(', ');
  return [
    ...(floor.length > 0
      ? ['  noise floor: nothing below this can be required of an arm', ...floor.map((one) => line(one, recorded))]
      : ['  noise floor unknown: no control arm']),
    `  proposed limits: the first of ${series} above the upper end of the ${percent(1 - alpha)} interval`,
    ...rest.map((one) => line(one, recorded)),
  ];
}

function line({ arm, hypothesis, evidence, limit, needed }: Proposal, { run, experiment, traffic }: Recorded): string {
  const { decision, metric } = hypothesis;
  const seen = `${amountOf(evidence, hypothesis)} on ${whole(evidence.n)} requests`;
  const claim = `    ${arm.name}.${decision}: {${metricKey(metric)}: ${limit === null ? '–' : `at most ${formatShare(limit)}`}}`;
  if (limit === null) return `${claim}  none of these limits is above what was seen: ${seen}`;
  if (needed === null) return `${claim}  seen ${seen}; how long a proof takes cannot be said`;
  const compared = run.arms.find(({ name }) => name === arm.name)?.conservation.compared ?? evidence.n;
  const sent = Math.ceil((needed * Math.max(compared, evidence.n)) / evidence.n);
  const time = about(timeUntilMs(sent, { experiment, traffic }));
  return `${claim}  seen ${seen}; proven after about ${whole(sent)} requests (${time})`;
}
