// Library door: the nouns and the pure core, usable without the server: statistics, metrics, perturbations, judging, the gate.
// Its graph holds no Fastify, no Kafka, no SQLite and no I/O.

export type { Metric, MetricContext } from './core/compare/index.ts';
export { compareWithTruth, metricNamed, metrics, truthLabel } from './core/compare/index.ts';
export type { DecisionProblem } from './core/decide/index.ts';
export { parseOutput, predict, predictAll } from './core/decide/index.ts';
export { predictRows } from './core/decide/rows.ts';
export type { EffectSizeOptions } from './core/judge/effect-sizes.ts';
export { effectSizes } from './core/judge/effect-sizes.ts';
export { shareErrorBudget } from './core/judge/error-budget.ts';
export { explain, verdictWords } from './core/judge/explain.ts';
export type { ExplainedSegments } from './core/judge/explain-segments.ts';
export { explainSegments } from './core/judge/explain-segments.ts';
export { abortThreshold, falseAbortRate, mostFalseAborts } from './core/judge/false-abort-rate.ts';
export { decideGate, gateExitCodes, gateOrder, isGateFinal } from './core/judge/gate.ts';
export type { GateArm, GateFacts, GateHypothesis } from './core/judge/gate-facts.ts';
export type { Added, Judged, Judging, StreamState } from './core/judge/judge-stream.ts';
export { judgeStream, newStreamState, readEvidence, readLogE, readStream } from './core/judge/judge-stream.ts';
export type { LateOnset, LateOnsetStep } from './core/judge/late-onset.ts';
export { lateOnsetThreshold, newLateOnsetState, peekLateOnset, updateLateOnset } from './core/judge/late-onset.ts';
export { onsetsOf } from './core/judge/late-onset-of.ts';
export { anySegmentLogE, appearanceWeight, flagSegments } from './core/judge/multiplicity.ts';
export type { NoiseFloor } from './core/judge/noise-floor.ts';
export { excess, noiseFloor } from './core/judge/noise-floor.ts';
export type { LabelledPair, Observer } from './core/judge/observe.ts';
export { createObserver } from './core/judge/observe.ts';
export { declaredSegments, otherSegment, segmentOf } from './core/judge/segment.ts';
export type { ProductionRequest, StopRule, StopState } from './core/judge/stop-condition.ts';
export {
  closeWindows,
  isBreached,
  newStopState,
  observeProduction,
  stopRulesOf,
} from './core/judge/stop-condition.ts';
export { noticeMs } from './core/judge/stop-notice.ts';
export type { Kind } from './core/kind.ts';
export type { Moment, Perturbed, Perturber, PerturberSetting } from './core/perturb/apply.ts';
export { applyPerturbations, createPerturber } from './core/perturb/apply.ts';
export type { DeclaredInput, OlderValues } from './core/perturb/declared-input.ts';
export type { Perturbation, PerturbationContext } from './core/perturb/index.ts';
export { perturbations } from './core/perturb/index.ts';
export type { Random, SipKey } from './core/random.ts';
export { hashFraction, isInShare, keyOf, randomFor } from './core/random.ts';
export { bernoulli } from './core/stats/bernoulli.ts';
export { betaInterval } from './core/stats/beta-interval.ts';
export { bias } from './core/stats/bias.ts';
export type { BinnedOptions, BinShares, Bins } from './core/stats/binned-shares.ts';
export { readBins } from './core/stats/binned-shares.ts';
export { boundedMean, createBoundedMean } from './core/stats/bounded-mean.ts';
export { chiSquared } from './core/stats/chi-squared.ts';
export { meanLogE, minLogE } from './core/stats/compose.ts';
export type { Binning, BinningOptions } from './core/stats/crossings.ts';
export { createBinning } from './core/stats/crossings.ts';
export type { DifferenceEvidence } from './core/stats/difference.ts';
export {
  addDifference,
  difference,
  differenceEvidence,
  differenceLevels,
  differenceSize,
} from './core/stats/difference.ts';
export type { Divergence } from './core/stats/divergence.ts';
export { eBenjaminiHochberg } from './core/stats/e-benjamini-hochberg.ts';
export { exactMcnemar } from './core/stats/exact-mcnemar.ts';
export type { FixedSampleTest } from './core/stats/fixed-sample.ts';
export { hellinger } from './core/stats/hellinger.ts';
export type { StatisticName } from './core/stats/index.ts';
export { statisticNamed, statistics } from './core/stats/index.ts';
export { jensenShannon } from './core/stats/jensen-shannon.ts';
export { ksTwoSample } from './core/stats/ks-two-sample.ts';
export { addLatency, createLatencyCounts, latencyQuantile } from './core/stats/latency-histogram.ts';
export { createLatencyRatio, latencyRatio } from './core/stats/latency-ratio.ts';
export type { LinearStatistic } from './core/stats/linear.ts';
export { mannWhitney } from './core/stats/mann-whitney.ts';
export { mcnemarLogE } from './core/stats/mcnemar.ts';
export type { PairedKs } from './core/stats/paired-ks.ts';
export { createPairedKs, pairedKs } from './core/stats/paired-ks.ts';
export type { PsiJudgement, PsiLimit } from './core/stats/psi.ts';
export { judgePsi, psi } from './core/stats/psi.ts';
export { psiLimit } from './core/stats/psi-limit.ts';
export { signedMean } from './core/stats/signed-mean.ts';
export type { Claim, Distances, LogE, Observation, Statistic } from './core/stats/statistic.ts';
export { mergeCounts, zeroCounts } from './core/stats/statistic.ts';
export { trinomial } from './core/stats/trinomial.ts';
export { trinomialInterval } from './core/stats/trinomial-interval.ts';
export { ksDistance, wasserstein } from './core/stats/wasserstein.ts';
export type { ErrorCode } from './errors.ts';
export { PenumbraError } from './errors.ts';
export type * from './model.ts';
