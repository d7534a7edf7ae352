// Whether a gate answer may be believed: its shape, its own consistency, and that it answers this question now.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { gateExitCodes } from '../core/judge/gate.ts';
import { PenumbraError } from '../errors.ts';
import type { GateVerdict } from '../model.ts';

export interface GateAnswer {
  readonly verdict: GateVerdict;
  readonly reasonCode: string;
  readonly reasons: readonly string[];
  /** False while waiting can still change it. */
  readonly final: boolean;
}

const nullable = <Schema extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

const hypothesis = Type.Object({
  id: Type.String(),
  required: Type.Boolean(),
  verdict: Type.String(),
  n: Type.Number(),
});

const schema = Type.Object({
  run: Type.String({ minLength: 1 }),
  experiment: Type.String({ minLength: 1 }),
  verdict: Type.String(),
  exitCode: Type.Integer(),
  reasonCode: Type.String({ minLength: 1 }),
  reasons: Type.Array(Type.String()),
  candidate: Type.Object({ version: nullable(Type.String()), digest: nullable(Type.String()) }),
  policyHash: Type.String({ minLength: 8 }),
  pairs: Type.Number(),
  expiresAt: nullable(Type.Number()),
  nonce: Type.String(),
  final: Type.Boolean(),
  hypotheses: Type.Array(hypothesis),
});
const compiled = Compile(schema);

export interface Question {
  readonly nonce: string;
  readonly run: string | null;
  readonly experiment: string | null;
  readonly nowMs: number;
}

/** The answer, whole. Throws when it is not one, or not to this question, or when a PASS contradicts its own evidence. */
export function checkGateAnswer(body: unknown, question: Question): GateAnswer {
  if (!compiled.Check(body)) {
    const [first] = compiled.Errors(body);
    throw unbelievable(`it has not the shape of a gate answer (${first?.instancePath || '/'} ${first?.message ?? ''})`);
  }
  const { verdict } = body;
  if (!isVerdict(verdict)) throw unbelievable(`"${verdict}" is no verdict`);
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

function checkPass({ expiresAt, pairs, hypotheses }: Static<typeof schema>, nowMs: number): void {
  const required = hypotheses.filter((one) => one.required);
  if (expiresAt === null || !(expiresAt > nowMs)) throw unbelievable('it says PASS, and has expired');
  if (!(pairs > 0)) throw unbelievable('it says PASS without a compared pair');
  if (required.length === 0 || required.some((one) => one.verdict !== 'HOLDS' || !(one.n > 0))) {
    throw unbelievable('it says PASS without positive evidence on every required hypothesis');
  }
}

function unbelievable(why: string): PenumbraError {
  return new PenumbraError('INTERNAL', `the comparator's answer cannot be believed: ${why}`);
}
