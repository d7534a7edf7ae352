// What the API answers, for its OpenAPI document: one schema per answer, beside the error form. Answers are written from the
// views as they are; a test holds real answers against these.
import { type TSchema, Type } from 'typebox';
import { budget } from './budget-answer.ts';
import { errorSchema } from './error-body.ts';
import { overrideAnswer, retriesAnswer } from './gate-act-answers.ts';
import { scheduleAnswer } from './schedule-answer.ts';
import { strikes } from './strikes-answer.ts';

/** The `response` of a route: its answer, and the error form for everything else. */
export function answers(ok: TSchema, { status = 200 } = {}): { readonly response: unknown } {
  return { response: { [status]: ok, default: errorSchema } };
}

const counters = Type.Record(Type.String(), Type.Integer({ minimum: 0 }));
const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const timeOrNull = (description: string) => nullable(time(description));
const text = (description: string) => Type.String({ description });
const textOrNull = (description: string) => nullable(text(description));
const role = Type.Enum(['control', 'candidate', 'fault']);
const verdict = Type.Enum(['HOLDS', 'VIOLATED', 'UNDECIDED', 'DIFFERENT', 'REGRESSED']);

const conservation = Type.Object(
  {
    received: Type.Integer(),
    compared: Type.Integer(),
    skipped: counters,
    dropped: counters,
    inFlight: Type.Integer(),
  },
  { description: 'received = compared + skipped + dropped + inFlight, at any moment' },
);

const candidate = {
  target: textOrNull('URL or ONNX file as named at run start; null: the config’s'),
  digest: textOrNull('sha256:… as given at run start'),
  ref: textOrNull('the caller’s own reference'),
};

const segment = Type.Object({
  segment: Type.String(),
  verdict,
  n: Type.Integer(),
  estimate: nullable(Type.Number()),
  interval: nullable(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
  logEUp: Type.Number(),
  logEDown: Type.Number(),
});

const hypothesis = Type.Object({
  id: Type.String(),
  decision: textOrNull('null: about the whole answer'),
  metric: Type.String(),
  segmentation: textOrNull('null: all requests are judged together'),
  relation: Type.Enum(['bounded', 'invariant', 'sensitive', 'loud']),
  against: Type.Enum(['limit', 'control']),
  tolerance: Type.Number({ description: 'a fraction' }),
  required: Type.Boolean(),
  automatic: Type.Boolean({ description: 'added by penumbra itself' }),
  notify: Type.Enum(['page', 'ticket', 'none'], { description: 'who hears of it' }),
  verdict,
  n: Type.Integer({ description: 'observations behind it' }),
  decidedAt: nullable(Type.Integer({ description: 'n when it was decided' })),
  estimate: nullable(Type.Number()),
  interval: nullable(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
  stillNeeded: nullable(Type.Number({ description: 'observations until a decision, at the present rate' })),
  sentence: text('the same for people'),
  logEUp: Type.Number(),
  logEDown: Type.Number(),
  logEUpNeeded: Type.Number(),
  logEDownNeeded: Type.Number(),
  productionVersion: textOrNull('the version in production that the evidence is about'),
  armVersion: textOrNull('the arm’s version that the evidence is about'),
  generation: Type.Integer({ description: 'counts up when a version changes' }),
  segments: Type.Array(segment, { description: 'empty where all requests are judged together' }),
  loudest: Type.Optional(text('of a claim made of several tests, the one that speaks loudest')),
  learned: Type.Optional(
    Type.Object(
      {
        options: nullable(Type.Record(Type.String(), Type.Unknown())),
        version: textOrNull('of the arm when it was asked'),
        problem: textOrNull('why it gave no answer'),
      },
      { description: 'what the arm answered to the input of defaults alone, before the run scored' },
    ),
  ),
});

const latency = (description: string) => nullable(Type.Number({ description }));
const arm = Type.Object({
  name: Type.String(),
  role,
  version: textOrNull('as the arm states it'),
  conservation,
  statuses: counters,
  errorRate: nullable(Type.Number({ description: 'share of the outcome `error`, after warm-up' })),
  p50Ms: latency('of the arm’s ok answers'),
  p99Ms: latency('of the arm’s ok answers'),
  productionP50Ms: latency('of production on the same requests'),
  productionP99Ms: latency('of production on the same requests'),
  warmUp: Type.Object({ ok: Type.Integer(), failed: Type.Integer() }),
  hypotheses: Type.Array(hypothesis),
  strikes: Type.Optional(strikes),
});

export const runAnswer = Type.Object({
  id: Type.String(),
  experiment: Type.String(),
  state: Type.Enum(['WARMING', 'RUNNING', 'COMPLETED', 'ABORTED', 'STOPPED']),
  candidate: Type.Object(candidate),
  policyHash: text('changes with what the run is judged by'),
  startedAt: time('start'),
  scoringSince: timeOrNull('end of the warm-up'),
  endedAt: timeOrNull('end'),
  endReason: textOrNull('why it ended'),
  arms: Type.Array(arm),
  conservation,
  budget,
  supersededStreams: Type.Integer({ description: 'streams of evidence that a change of version closed' }),
  notes: Type.Array(Type.String(), { description: 'to know before trusting the run' }),
  losesTooMuch: Type.Optional(Type.Boolean({ description: 'true: penumbra lost more of some arm than a gate bears' })),
  retries: Type.Optional(retriesAnswer),
  overrides: Type.Optional(Type.Array(overrideAnswer, { description: 'every override of its gate, oldest first' })),
});
export const runsAnswer = Type.Object({ runs: Type.Array(runAnswer) });

export const verdictsAnswer = Type.Object({
  verdicts: Type.Array(
    Type.Object({
      streamId: Type.String(),
      runId: Type.String(),
      hypothesis: Type.String(),
      at: time('when'),
      from: Type.String(),
      to: Type.String(),
      n: Type.Integer(),
      sentence: Type.String(),
    }),
  ),
});

export const killAnswer = Type.Object({
  killed: nullable(
    Type.Object({
      engagedAt: time('when'),
      reason: Type.String(),
      by: Type.Enum(['api', 'signal', 'file']),
    }),
  ),
});

export const gateAnswer = Type.Object({
  run: Type.String(),
  experiment: Type.String(),
  verdict: Type.Enum(['PASS', 'FAIL', 'INCONCLUSIVE', 'NO_DATA', 'STALE', 'TIMEOUT', 'ABORTED', 'BIASED', 'ERROR']),
  exitCode: Type.Integer({ description: 'what penumbra gate exits with' }),
  reasonCode: text('stable; for programs'),
  reasons: Type.Array(Type.String(), { description: 'for people, most important first' }),
  candidate: Type.Object({ ...candidate, version: textOrNull('as the candidate itself states it') }),
  productionVersion: textOrNull('the version in production that it was compared with'),
  policyHash: Type.String(),
  pairs: Type.Integer({ description: 'compared pairs of the candidate' }),
  dropRate: Type.Number({ description: 'largest share that any arm lost by penumbra’s fault' }),
  dataAgeMs: nullable(Type.Number({ description: 'age of the newest closed bucket' })),
  decidedAt: time('of this answer'),
  expiresAt: timeOrNull('a PASS is worth nothing after this'),
  nonce: textOrNull('as it was asked'),
  final: Type.Boolean({ description: 'false while waiting can still change it' }),
  hypotheses: Type.Array(hypothesis),
  productionVersionNow: textOrNull('as the newest traffic says; null: nobody has said since the comparator started'),
  retries: nullable(retriesAnswer),
  override: nullable(overrideAnswer),
  basis: Type.Object({ type: Type.Enum(['live']) }, { description: 'what the answer rests on' }),
  notes: Type.Array(Type.String(), { description: 'to know, without a part in the verdict' }),
  serviceVersion: Type.String(),
});

export const experimentsAnswer = Type.Object({
  experiments: Type.Array(
    Type.Object({
      name: Type.String(),
      arms: Type.Array(Type.Object({ name: Type.String(), role })),
      hypotheses: Type.Array(Type.String()),
      gate: Type.Boolean({ description: 'whether it answers a gate' }),
      policyHash: Type.String(),
      activeRun: textOrNull('run id'),
      latestRun: textOrNull('run id'),
      schedule: Type.Optional(scheduleAnswer),
    }),
  ),
});

export { effectSizesAnswer } from './effect-sizes-answer.ts';
export { healthAnswer } from './health-answer.ts';
export { samplesAnswer } from './samples-answer.ts';

const receipt = Type.Object({ id: Type.String(), status: Type.Enum(['counted', 'pending', 'duplicate']) });
export const outcomesAnswer = Type.Union([
  receipt,
  Type.Object({
    results: Type.Array(
      Type.Union([
        receipt,
        Type.Object({
          id: Type.String(),
          error: Type.Object({ code: Type.String(), message: Type.String() }),
        }),
      ]),
    ),
  }),
]);

export const metricsAnswer = { content: { 'text/plain': { schema: Type.String() } } };
