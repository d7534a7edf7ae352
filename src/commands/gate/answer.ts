// Whether a gate answer may be believed: its shape, its own consistency, and that it answers this question now.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { gateExitCodes } from '../../core/judge/gate.ts';
import { PenumbraError } from '../../errors.ts';
import type { GateVerdict, Verdict } from '../../model.ts';
import type { GateBasis } from '../../pipeline/view-types.ts';

export interface GateAnswer {
  readonly verdict: GateVerdict;
  readonly reasonCode: string;
  readonly reasons: readonly string[];
  /** False while waiting can still change it. */
  readonly final: boolean;
  // What an answer of a comparator has besides; an answer that never came has none of it.
  readonly run?: string;
  readonly experiment?: string;
  readonly candidate?: { readonly version: string | null; readonly digest: string | null };
  readonly pairs?: number;
  readonly hypotheses?: readonly GateHypothesis[];
  readonly override?: GateOverride | null;
  readonly basis?: GateBasis;
  readonly notes?: readonly string[];
}

/** In force now; it changes no verdict and no exit code. */
export interface GateOverride {
  readonly by: string;
  readonly reason: string;
  readonly ticket: string;
  readonly until: number;
}

export interface GateHypothesis {
  readonly id: string;
  readonly required: boolean;
  readonly verdict: Verdict;
  readonly n: number;
  readonly sentence?: string;
}

const nullable = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const count = Type.Integer({ minimum: 0 });
const share = Type.Number({ minimum: 0, maximum: 1 });
/** What a Date can hold. */
const moment = Type.Number({ minimum: 0, maximum: 8.64e15 });

const hypothesis = Type.Object({
  id: Type.String({ minLength: 1 }),
  required: Type.Boolean(),
  automatic: Type.Boolean(),
  verdict: Type.Enum(['HOLDS', 'VIOLATED', 'UNDECIDED', 'DIFFERENT', 'REGRESSED']),
  n: count,
  sentence: Type.Optional(Type.String()),
});

/** Members may be added by later versions; none of these may be missing. */
const schema = Type.Object({
  run: Type.String({ minLength: 1 }),
  experiment: Type.String({ minLength: 1 }),
  verdict: Type.String(),
  exitCode: Type.Integer(),
  reasonCode: Type.String({ minLength: 1 }),
  reasons: Type.Array(Type.String()),
  candidate: Type.Object({
    target: nullable(Type.String()),
    version: nullable(Type.String()),
    digest: nullable(Type.String()),
  }),
  productionVersion: nullable(Type.String()),
  policyHash: Type.String({ minLength: 8 }),
  pairs: count,
  dropRate: share,
  dataAgeMs: nullable(Type.Number()),
  decidedAt: Type.Number(),
  expiresAt: nullable(Type.Number()),
  nonce: Type.String(),
  final: Type.Boolean(),
  hypotheses: Type.Array(hypothesis),
  serviceVersion: Type.String({ minLength: 1 }),
  override: Type.Optional(
    Type.Union([
      Type.Object({ by: Type.String(), reason: Type.String(), ticket: Type.String(), until: moment }),
      Type.Null(),
    ]),
  ),
  // A comparator answers from live traffic: a recording's answer is made where it is asked for.
  basis: Type.Optional(Type.Object({ type: Type.Literal('live') })),
  notes: Type.Optional(Type.Array(Type.String())),
});
const compiled = Compile(schema);

export interface Question {
  readonly nonce: string;
  readonly run: string | null;
  readonly experiment: string | null;
  readonly nowMs: number;
}

const mostDropped = 0.05;
const leastToLose = 100;
/** Two clocks further apart than this cannot agree on what is fresh. */
const clockSkewMs = 30_000;

/** The answer, whole. Throws when it is not one, or not to this question, or when a PASS contradicts its own evidence. */
export function checkGateAnswer(body: unknown, question: Question): GateAnswer {
  if (!compiled.Check(body)) {
    const [first] = compiled.Errors(body);
    throw unbelievable(`it has not the shape of a gate answer (${first?.instancePath || '/'} ${first?.message ?? ''})`);
  }
  const { verdict } = body;
  if (!isVerdict(verdict)) throw unbelievable(`"${verdict.slice(0, 40)}" is no verdict`);
  if (body.nonce !== question.nonce) throw unbelievable('it answers another question (the nonce differs)');
  if (question.run !== null && body.run !== question.run) throw unbelievable('it is about another run');
  if (question.experiment !== null && body.experiment !== question.experiment)
    throw unbelievable('it is about another experiment');
  if (body.exitCode !== gateExitCodes[verdict]) throw unbelievable('its exit code is not that of its verdict');
  if (verdict === 'PASS') checkPass(body, question.nowMs);
  return { ...body, verdict };
}

function isVerdict(text: string): text is GateVerdict {
  return Object.hasOwn(gateExitCodes, text);
}

function checkPass(body: Static<typeof schema>, nowMs: number): void {
  const { expiresAt, decidedAt, final, pairs, dropRate, reasons, reasonCode } = body;
  const refuse = (when: boolean, why: string): void => {
    if (when) throw unbelievable(`it says PASS, ${why}`);
  };
  refuse(expiresAt === null || !(expiresAt > nowMs), 'and has expired');
  refuse(!(Math.abs(nowMs - decidedAt) <= clockSkewMs), 'but was decided at another time (do the clocks agree?)');
  refuse(!final, 'but may still change');
  refuse(pairs === 0 || body.dataAgeMs === null, 'without a compared pair');
  refuse(pairs >= leastToLose && !(dropRate <= mostDropped), 'although more than 5 % was lost');
  refuse(reasonCode !== 'all_required_hold' || reasons.length === 0, 'for another reason than evidence');
  const required = body.hypotheses.filter((one) => one.required);
  const isProven = required.every((one) => one.verdict === 'HOLDS' && one.n > 0);
  refuse(!isProven || required.every((one) => one.automatic), 'without evidence on every required hypothesis');
}

function unbelievable(why: string): PenumbraError {
  return new PenumbraError('INTERNAL', `the comparator's answer cannot be believed: ${why}`);
}
