// The gate's rules, one a function, in the order of their states. Comparisons are written so that NaN finds fault.
import type { GateVerdict } from '../../model.ts';
import type { GateArm, GateFacts, GateHypothesis } from './gate-facts.ts';
import { areSound } from './gate-sound.ts';
import { losesTooMuch, tooMuchLost } from './losses.ts';
import { percent, whole } from './words.ts';

export interface GateFinding {
  readonly verdict: Exclude<GateVerdict, 'PASS'>;
  /** Stable and machine-readable. */
  readonly code: string;
  readonly sentence: string;
}

type Rule = (facts: GateFacts) => GateFinding[];

const mostUnavailable = 0.05;
const mostUnanswered = 0.05;
/** A run that ended this far in the future means that two clocks disagree. */
const clockSkewMs = 30_000;

function when(
  applies: boolean,
  verdict: GateFinding['verdict'],
  said: { code: string; sentence: string },
): GateFinding[] {
  return applies ? [{ verdict, ...said }] : [];
}

const aborted: Rule = ({ run, isKilled }) => [
  ...when(isKilled, 'ABORTED', { code: 'killed', sentence: 'the kill switch is engaged' }),
  ...when(run.state === 'ABORTED', 'ABORTED', {
    code: 'run_aborted',
    sentence: `the run was aborted: ${run.endReason ?? 'no reason given'}`,
  }),
  ...when(run.state === 'STOPPED', 'ABORTED', {
    code: 'run_stopped',
    sentence: `the run was stopped: ${run.endReason ?? 'no reason given'}`,
  }),
];

const erroneous: Rule = (facts) => [
  ...facts.errors.map((sentence): GateFinding => ({ verdict: 'ERROR', code: 'facts_unreadable', sentence })),
  ...when(!areSound(facts), 'ERROR', { code: 'facts_invalid', sentence: 'the numbers to decide on make no sense' }),
];

const misidentified: Rule = ({ candidate: { given, seen }, policy, run }) => {
  // While it warms up the candidate may not have been asked yet.
  const isUnknown = seen === null && policy?.identity !== 'unchecked' && run.state !== 'WARMING';
  const isOther = given !== null && seen !== null && isDigest(given) === isDigest(seen) && given !== seen;
  return [
    ...when(isUnknown, 'ERROR', {
      code: 'identity_unknown',
      sentence:
        given === null
          ? 'the candidate states no version, so the evidence is about nobody'
          : `the candidate states no version, so nothing shows that it is ${given}`,
    }),
    ...when(isOther, 'ERROR', {
      code: 'identity_mismatch',
      sentence: `the evidence is about ${seen}, the caller asks about ${given}`,
    }),
  ];
};

const biased: Rule = ({ arms, hypotheses }) => [
  ...arms.filter(losesTooMuch).map(
    (arm, index): GateFinding => ({
      verdict: 'BIASED',
      code: 'drops',
      sentence: tooMuchLost({ ...arm, droppedBy: arm.droppedBy ?? null }, { remedy: index === 0 }),
    }),
  ),
  ...hypotheses
    .filter((one) => one.role === 'control' && (one.required || !one.automatic) && isAgainst(one))
    .map((one): GateFinding => ({ verdict: 'BIASED', code: 'control_differs', sentence: saidOf(one) })),
];

const failed: Rule = ({ hypotheses, failedBefore = [] }) => [
  ...hypotheses
    .filter((one) => one.required && one.role !== 'control' && isAgainst(one))
    .map((one): GateFinding => {
      const code = one.verdict === 'REGRESSED' ? 'regressed' : 'violated';
      return { verdict: 'FAIL', code, sentence: saidOf(one) };
    }),
  ...failedBefore.map((sentence): GateFinding => ({ verdict: 'FAIL', code: 'failed_before', sentence })),
];

const dataless: Rule = ({ run, policy, arms, hypotheses }) => [
  ...when(policy === null, 'NO_DATA', { code: 'no_gate', sentence: 'the experiment declares no gate' }),
  ...when(run.state === 'WARMING', 'NO_DATA', { code: 'warming_up', sentence: 'the run is still warming up' }),
  ...when(!speaksOfTheCandidate(arms, hypotheses), 'NO_DATA', {
    code: 'nothing_required',
    sentence: 'no declared hypothesis is required of what is on trial, so there is nothing to pass',
  }),
  ...judgedArms(arms, hypotheses).flatMap((arm) => [
    ...when(arm.ok === 0, 'NO_DATA', { code: 'arm_never_ok', sentence: `${arm.name} never answered ok` }),
    ...when(policy !== null && !(arm.pairs >= policy.minPairs), 'NO_DATA', {
      code: 'too_few_pairs',
      sentence: `${arm.name} has ${whole(arm.pairs)} pairs of at least ${whole(policy?.minPairs ?? 0)}`,
    }),
  ]),
  ...hypotheses
    .filter((one) => one.required && one.n === 0)
    .map(
      (one): GateFinding => ({
        verdict: 'NO_DATA',
        code: 'no_observations',
        sentence: `${one.id} has counted no request`,
      }),
    ),
];

const stale: Rule = ({ run, policy, newestPairAgeMs, nowMs }) => {
  if (policy === null) return [];
  if (run.state === 'RUNNING') {
    const isFresh = newestPairAgeMs !== null && newestPairAgeMs <= policy.staleAfterMs;
    const age =
      newestPairAgeMs === null ? 'there is no pair' : `the newest pair is ${whole(newestPairAgeMs / 1000)} s old`;
    const isAhead = newestPairAgeMs !== null && !(newestPairAgeMs >= -clockSkewMs);
    if (isAhead)
      return when(true, 'STALE', {
        code: 'clock',
        sentence: 'the newest pair lies in the future: the clocks disagree',
      });
    return when(!isFresh, 'STALE', {
      code: 'stale',
      sentence: `${age}, the gate asks for at most ${whole(policy.staleAfterMs / 1000)} s`,
    });
  }
  if (run.state !== 'COMPLETED') return [];
  const age = run.endedAt === null ? Number.NaN : nowMs - run.endedAt;
  return [
    ...when(!(age <= policy.validForMs), 'STALE', {
      code: 'expired',
      sentence: `the run ended longer ago than its answer is valid (${whole(policy.validForMs / 1000)} s)`,
    }),
    ...when(!(age >= -clockSkewMs), 'STALE', {
      code: 'clock',
      sentence: 'the run ended in the future: the clocks disagree',
    }),
  ];
};

/** Only an end freezes evidence: while a run goes on, it follows what changes. */
const outdated: Rule = ({ outdated: changes = [] }) =>
  changes.map(({ code, sentence }): GateFinding => ({ verdict: 'STALE', code, sentence }));

const timedOut: Rule = ({ hasTimedOut }) =>
  when(hasTimedOut, 'TIMEOUT', { code: 'wait_elapsed', sentence: 'the wait elapsed before the gate could answer' });

const inconclusive: Rule = ({ arms, hypotheses }) => [
  ...hypotheses
    .filter((one) => one.required && one.verdict !== 'HOLDS' && !isAgainst(one))
    .map((one): GateFinding => ({ verdict: 'INCONCLUSIVE', code: 'undecided', sentence: saidOf(one) })),
  ...judgedArms(arms, hypotheses)
    .filter((arm) => !(arm.unavailable <= mostUnavailable * arm.pairs) && !declaresAvailability(arm, hypotheses))
    .map(
      (arm): GateFinding => ({
        verdict: 'INCONCLUSIVE',
        code: 'arm_unavailable',
        sentence: `${arm.name} could not be reached on ${percent(arm.unavailable / arm.pairs)} of requests, more than 5 %`,
      }),
    ),
  // A flip rate is read from the answers that came: who answers only half of the requests must not pass on that half.
  ...judgedArms(arms, hypotheses)
    .filter((arm) => arm.role !== 'fault' && !(unanswered(arm, hypotheses) <= mostUnanswered * arm.pairs))
    .map(
      (arm): GateFinding => ({
        verdict: 'INCONCLUSIVE',
        code: 'arm_unanswered',
        sentence: `${arm.name} gave no usable answer in time to ${percent(unanswered(arm, hypotheses) / arm.pairs)} of requests, more than 5 %`,
      }),
    ),
];

export const gateRules: readonly Rule[] = [
  aborted,
  erroneous,
  misidentified,
  biased,
  failed,
  dataless,
  stale,
  outdated,
  timedOut,
  inconclusive,
];

/** A violation latches; a regression clears by itself, and until then nothing may pass. */
function isAgainst({ verdict }: GateHypothesis): boolean {
  return verdict === 'VIOLATED' || verdict === 'REGRESSED';
}

function saidOf({ arm, sentence }: GateHypothesis): string {
  return `${arm}: ${sentence}`;
}

function isDigest(text: string): boolean {
  return text.startsWith('sha256:');
}

/** Arms that the answer rests on: those with something required of them, the candidate, and the control they are compared with. */
function judgedArms(arms: readonly GateArm[], hypotheses: readonly GateHypothesis[]): readonly GateArm[] {
  return arms.filter(
    ({ name, role }) => role !== 'fault' || hypotheses.some((one) => one.required && one.arm === name),
  );
}

/** The automatic error limit alone is no reason to promote anything. Without a candidate the fault arms are on trial. */
function speaksOfTheCandidate(arms: readonly GateArm[], hypotheses: readonly GateHypothesis[]): boolean {
  const onTrial = arms.some(({ role }) => role === 'candidate') ? 'candidate' : 'fault';
  return hypotheses.some((one) => one.required && !one.automatic && one.role === onTrial);
}

/** Timeouts and invalid answers, but for those that a required hypothesis of their own judges. */
function unanswered(arm: GateArm, hypotheses: readonly GateHypothesis[]): number {
  const isJudged = (metric: string): boolean =>
    hypotheses.some((one) => one.arm === arm.name && one.metric === metric && one.required);
  return (isJudged('timeout') ? 0 : arm.timeout) + (isJudged('invalid') ? 0 : arm.invalid);
}

function declaresAvailability({ name }: GateArm, hypotheses: readonly GateHypothesis[]): boolean {
  return hypotheses.some((one) => one.arm === name && one.metric === 'available');
}
