// Collects what the gate decides on from a run and asks core; the decision itself is core's.
import { metricNamed } from '../core/compare/index.ts';
import { decideGate, isGateFinal } from '../core/judge/gate.ts';
import type { GateArm, GateFacts } from '../core/judge/gate-facts.ts';
import type { GateOverride } from '../io/store-port.ts';
import type { GateDecision, Run } from '../model.ts';
import { unknownVersion } from './accumulate.ts';
import { currentPairs } from './current-pairs.ts';
import { sum } from './run-context.ts';
import type { RunFacts } from './view.ts';
import type { ArmView, GateView, RunView } from './view-types.ts';

export interface AnswerGate {
  readonly facts: RunFacts;
  readonly view: RunView;
  readonly nowMs: number;
  readonly nonce: string | null;
  readonly serviceVersion: string;
  /** What else speaks against believing the run, as sentences. */
  readonly problems: readonly string[];
  /** The kill switch is engaged. */
  readonly isKilled: boolean;
  /** What happened around the run, as far as it is known. */
  readonly around?: Partial<Around>;
}

export interface Around {
  /** The version in production as the newest traffic says; null: not known. */
  readonly productionVersionNow: string | null;
  /** What the config would judge a new run by. */
  readonly policyHashNow: string;
  /** Runs about this candidate that failed and were not tried again, as sentences. */
  readonly failedBefore: readonly string[];
  readonly override: GateOverride | null;
}

export function answerGate(asking: AnswerGate): GateView {
  const { facts, view, nowMs, nonce, serviceVersion, problems, isKilled, around = {} } = asking;
  const { run } = facts;
  const { productionVersionNow = null, override = null, failedBefore = [] } = around;
  const candidate = view.arms.find((arm) => arm.role === 'candidate') ?? null;
  const seen = knownVersion(
    candidate?.hypotheses.find((one) => one.armVersion !== null)?.armVersion ?? candidate?.version,
  );
  const newestAt = newestPairAt(facts);
  const newestPairAgeMs = newestAt === null ? null : nowMs - (newestAt + run.definition.bucketMs);
  const productionVersion = knownVersion(candidate?.hypotheses[0]?.productionVersion);
  const asked: GateFacts = {
    nowMs,
    run: { state: run.state, endReason: run.endReason, endedAt: run.endedAt },
    policy: run.definition.gate,
    candidate: { given: run.candidate.digest, seen },
    arms: view.arms.map(factsOfArm),
    hypotheses: view.arms.flatMap((arm) => arm.hypotheses.map((one) => ({ ...one, arm: arm.name, role: arm.role }))),
    newestPairAgeMs,
    isKilled,
    hasTimedOut: false,
    errors: [...problems, ...identityProblems(run, seen), ...storeProblems(facts)],
    failedBefore,
    outdated: changesSince(run, { ...around, productionVersion }),
  };
  const decision = decideGate(asked);
  return {
    run: run.id,
    experiment: run.experiment,
    ...decision,
    candidate: { ...run.candidate, digest: digestOf(run), version: seen },
    productionVersion,
    policyHash: run.policyHash,
    pairs: candidate === null ? 0 : factsOfArm(candidate).pairs,
    dropRate: Math.max(0, ...asked.arms.map((arm) => (arm.received === 0 ? 0 : arm.dropped / arm.received))),
    dataAgeMs: newestPairAgeMs,
    decidedAt: nowMs,
    expiresAt: expiryOf(facts, { decision, nowMs }),
    nonce,
    final: isGateFinal(asked, decision),
    hypotheses: view.arms.flatMap((arm) => arm.hypotheses),
    productionVersionNow,
    retries: run.retries ?? null,
    override,
    basis: { type: 'live' },
    notes: gateNotes(run, { productionVersionNow, productionVersion }),
    serviceVersion,
  };
}

/** As given at the start, else that of its file; null: a URL that came without one. */
export function digestOf({ candidate, definition }: Run): string | null {
  const target = definition.arms.find(({ role }) => role === 'candidate')?.target;
  return candidate.digest ?? (target?.type === 'onnx' ? `sha256:${target.sha256}` : null);
}

interface Productions {
  /** That the evidence is about. */
  readonly productionVersion: string | null;
  readonly productionVersionNow?: string | null;
}

/** A run that goes on follows its versions and its config by itself; the evidence of one that ended is frozen. */
function changesSince(
  run: Run,
  { productionVersion, productionVersionNow, policyHashNow }: Productions & Partial<Around>,
) {
  if (run.endedAt === null) return [];
  const changes: { code: string; sentence: string }[] = [];
  if (productionVersion !== null && productionVersionNow != null && productionVersionNow !== productionVersion) {
    const sentence = `production answers as ${productionVersionNow} now, and the run compared with ${productionVersion}; start a new run`;
    changes.push({ code: 'production_changed', sentence });
  }
  if (policyHashNow !== undefined && policyHashNow !== run.policyHash) {
    const sentence = 'the config judges by other rules now than this run was judged by; start a new run';
    changes.push({ code: 'policy_changed', sentence });
  }
  return changes;
}

function gateNotes({ endedAt, retries }: Run, { productionVersion, productionVersionNow }: Productions): string[] {
  const isUnseen = endedAt !== null && productionVersion !== null && productionVersionNow === null;
  return [
    ...(retries === undefined
      ? []
      : [
          `this run tries run ${retries.run} again, which was ${retries.verdict}${retries.said === null ? '' : ` (${retries.said})`}; the reason given: ${retries.reason}`,
        ]),
    ...(isUnseen
      ? [`no traffic has shown which version is in production now; the evidence is about ${productionVersion}`]
      : []),
  ];
}

/** The oldest of the newest: freshness is that of the required hypothesis that has waited longest for a pair. */
function newestPairAt({ run, streams }: RunFacts): number | null {
  const ofPairs = run.definition.hypotheses.filter(
    ({ required, metric }) => required && !metricNamed(metric)?.needsTruth,
  );
  const newest = ofPairs.map(
    ({ id }) => streams.find((one) => one.state === 'OPEN' && one.hypothesis === id)?.lastBucketAt,
  );
  if (newest.length === 0 || newest.some((at) => at == null)) return null;
  return Math.min(...newest.map(Number));
}

function factsOfArm({ name, role, conservation, statuses, hypotheses }: ArmView): GateArm {
  const pairs = currentPairs(conservation.compared, hypotheses);
  // Outcomes are counted over all versions: what went wrong is taken as if it were all of this one's.
  let left = pairs;
  const take = (count = 0): number => {
    const taken = Math.min(left, count);
    left -= taken;
    return taken;
  };
  const wrong = {
    unavailable: take(statuses.unavailable),
    timeout: take(statuses.timeout),
    invalid: take(statuses.invalid),
  };
  const { received, dropped } = conservation;
  return { name, role, pairs, received, dropped: sum(dropped), droppedBy: dropped, ...wrong, ok: take(statuses.ok) };
}

function knownVersion(version: string | null | undefined): string | null {
  return version == null || version === unknownVersion ? null : version;
}

/** A version such as "v2+sha256.3f2a…" names the file; a digest given at start must be the one that answers. */
function identityProblems({ candidate, definition }: Run, seen: string | null): string[] {
  const given = candidate.digest;
  if (given === null || seen === null) return [];
  const short = /sha256[.:]([0-9a-f]{12,64})/.exec(seen)?.[1];
  if (short === undefined) {
    const mustShow = definition.gate?.identity !== 'unchecked';
    return mustShow
      ? [`the candidate answers as ${seen}, which does not show that it is the ${given} of the run's start`]
      : [];
  }
  if (given.startsWith(`sha256:${short}`)) return [];
  return [`the candidate answers as ${seen}, which is not the ${given} that the run was started for`];
}

/** A pass must not rest on evidence that a crash would take back. */
function storeProblems({ isUncommitted }: RunFacts): string[] {
  return isUncommitted ? ['the newest evidence could not be stored yet'] : [];
}

function expiryOf({ run }: RunFacts, { decision, nowMs }: { decision: GateDecision; nowMs: number }): number | null {
  if (decision.verdict !== 'PASS' || run.definition.gate === null) return null;
  const { validForMs, staleAfterMs } = run.definition.gate;
  return run.endedAt === null ? nowMs + staleAfterMs : run.endedAt + validForMs;
}
