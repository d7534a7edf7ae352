// Library door: the nouns and the pure core, usable without the server: statistics, metrics, perturbations, judging, the gate.
// Its graph holds no Fastify, no Kafka, no SQLite and no I/O.

export type { Metric, MetricContext } from './core/compare/index.ts';
export { compareWithTruth, metricNamed, metrics, truthLabel } from './core/compare/index.ts';
export type { DecisionProblem } from './core/decide/index.ts';
export { parseOutput, predict, predictAll } from './core/decide/index.ts';
export { shareErrorBudget } from './core/judge/error-budget.ts';
export { explain, verdictWords } from './core/judge/explain.ts';
export { falseAbortRate } from './core/judge/false-abort-rate.ts';
export { decideGate, gateExitCodes, gateOrder, isGateFinal } from './core/judge/gate.ts';
export type { GateArm, GateFacts, GateHypothesis } from './core/judge/gate-facts.ts';
export type { Judged, StreamState } from './core/judge/judge-stream.ts';
export { judgeStream, newStreamState, readEvidence } from './core/judge/judge-stream.ts';
export type { LabelledPair, Observer } from './core/judge/observe.ts';
export { createObserver } from './core/judge/observe.ts';
export type { ProductionRequest, StopState } from './core/judge/stop-condition.ts';
export { closeWindows, isBreached, newStopState, observeProduction } from './core/judge/stop-condition.ts';
export type { Kind } from './core/kind.ts';
export type { Perturbed, Perturber, PerturberSetting } from './core/perturb/apply.ts';
export { applyPerturbations, createPerturber } from './core/perturb/apply.ts';
export type { Perturbation, PerturbationContext } from './core/perturb/index.ts';
export { perturbations } from './core/perturb/index.ts';
export type { Random, SipKey } from './core/random.ts';
export { hashFraction, isInShare, keyOf, randomFor } from './core/random.ts';
export { bernoulli } from './core/stats/bernoulli.ts';
export { betaInterval } from './core/stats/beta-interval.ts';
export { statisticNamed, statistics } from './core/stats/index.ts';
export { addLatency, createLatencyCounts, latencyQuantile } from './core/stats/latency-histogram.ts';
export type { Claim, Statistic } from './core/stats/statistic.ts';
export { mergeCounts, zeroCounts } from './core/stats/statistic.ts';
export { trinomial } from './core/stats/trinomial.ts';
export { trinomialInterval } from './core/stats/trinomial-interval.ts';
export type { ErrorCode } from './errors.ts';
export { PenumbraError } from './errors.ts';
export type * from './model.ts';
