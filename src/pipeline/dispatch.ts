// Third step: asks every arm. Delays happen here and nowhere else; every failure becomes an outcome.
import { predictAll } from '../core/decide/index.ts';
import { predictRows } from '../core/decide/rows.ts';
import { marksOf, shadowIdPrefix } from '../core/own-calls.ts';
import { randomFor } from '../core/random.ts';
import type { Clock, Log, TargetCall, TargetReply } from '../io/ports.ts';
import type { Decision, Exchange, Headers, Outcome } from '../model.ts';
import { withArm } from './baggage.ts';
import { giveBackSignal, takeSignal } from './call-signals.ts';
import { withoutOutputs } from './lighten.ts';
import type { ArmContext, RunContext, ShadowPlan } from './run-context.ts';
import { type Struck, strikeOn, struckOnItsWay, withStrike } from './strikes.ts';
import { traceHeaders } from './trace.ts';
import { type Treatment, treatmentOf, untreated } from './treatment.ts';

export interface DispatchDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly decisions: readonly Decision[];
}

export interface DispatchOptions {
  /** False during warm-up: faults and perturbations are off. */
  readonly faultsOn: boolean;
  /** Arms that are not asked (their time is too short already); all are when this is left out. */
  readonly isWanted?: (armIndex: number) => boolean;
  /** Told when an arm is asked, and again when a strike falls while the request is under way. */
  readonly onSent?: (armIndex: number, sent: Sent) => void;
  /** Null: penumbra itself failed, so nothing is known about the arm. */
  readonly onOutcome: (armIndex: number, outcome: Outcome | null) => void;
}

export interface Sent {
  /** What is true of the arm's process. */
  readonly struck: Struck | null;
  readonly treatment: Treatment;
}

/** Calls every arm in an order drawn from the seed, so that no arm always meets a warm cache. */
export function dispatch(deps: DispatchDeps, context: RunContext, exchange: Exchange, options: DispatchOptions): void {
  for (const index of orderOf(context, exchange)) {
    if (options.isWanted?.(index) !== false) void askArm(deps, { context, index, exchange, options });
  }
}

const onlyOne: readonly number[] = [0];

function orderOf({ arms, run }: RunContext, { id }: Exchange): readonly number[] {
  if (arms.length === 1) return onlyOne;
  const random = randomFor(run.definition.seed, id, 'dispatch order');
  const order = arms.map((_, index) => ({ index, place: random.uniform() }));
  return order.sort((one, other) => one.place - other.place).map(({ index }) => index);
}

interface AskArm {
  readonly context: RunContext;
  readonly index: number;
  readonly exchange: Exchange;
  readonly options: DispatchOptions;
}

async function askArm(deps: DispatchDeps, { context, index, exchange, options }: AskArm): Promise<void> {
  const { faultsOn, onSent } = options;
  const arm = context.arms[index] as ArmContext;
  let outcome: Outcome | null = null;
  try {
    const plan = arm.plan(exchange, { faultsOn });
    outcome = await askWith(deps, { arm, context, exchange, faultsOn, plan, onSent: (sent) => onSent?.(index, sent) });
    arm.version = outcome.answer?.modelVersion ?? arm.version;
  } catch (err) {
    deps.log.error({ err, run: context.run.id, arm: arm.arm.name }, 'an arm could not be asked');
  }
  options.onOutcome(index, outcome);
}

interface Planned {
  readonly arm: ArmContext;
  readonly context: RunContext;
  readonly exchange: Exchange;
  readonly faultsOn: boolean;
  readonly plan: ShadowPlan;
  readonly onSent: (sent: Sent) => void;
}

const refused: TargetReply = { status: 'timeout', reason: 'refused', latencyMs: 0, answer: null };

/** Asks one arm as planned, within its limits. */
export async function askWith(deps: DispatchDeps, ask: Planned): Promise<Outcome> {
  const { arm, context, exchange, faultsOn, plan } = ask;
  const treatment = treatmentOf(plan);
  const struckNow = (): Struck | null => (faultsOn ? strikeOn(arm) : null);
  const sent = { struck: struckNow(), atMs: deps.clock.monotonicMs() };
  ask.onSent({ struck: sent.struck, treatment });
  let reply = refused;
  if (arm.inFlight < context.run.definition.blastRadius.maxInFlightPerArm) {
    arm.inFlight += 1;
    try {
      reply = await callWithin(deps.clock, ask);
    } finally {
      arm.inFlight -= 1;
    }
  }
  const tookMs = deps.clock.monotonicMs() - sent.atMs;
  const struck = struckOnItsWay(sent.struck, { now: struckNow(), tookMs });
  if (struck !== sent.struck) ask.onSent({ struck, treatment });
  return withStrike(toOutcome(deps, { treatment, reply, exchange }), struck);
}

/** One deadline for everything: the injected delay, the connection and the answer. */
function callWithin(clock: Clock, ask: Planned): Promise<TargetReply> {
  return ask.plan.delayMs > 0 ? callLater(clock, ask) : callOrGiveUp(clock, ask, ask.arm.arm);
}

async function callLater(clock: Clock, ask: Planned): Promise<TargetReply> {
  const { delayMs } = ask.plan;
  const { deadlineMs } = ask.arm.arm;
  const startedMs = clock.monotonicMs();
  await new Promise<void>((resume) => clock.after(Math.min(delayMs, deadlineMs), resume));
  const gone = { latencyMs: clock.monotonicMs() - startedMs, answer: null };
  if (delayMs >= deadlineMs) return { status: 'timeout', reason: 'deadline', ...gone };
  if (ask.context.run.endedAt !== null) return { status: 'timeout', reason: 'aborted', ...gone };
  const reply = await callOrGiveUp(clock, ask, { deadlineMs: deadlineMs - delayMs });
  return { ...reply, latencyMs: reply.latencyMs + delayMs };
}

/** A target keeps its own deadline; one that does not is left behind this much later. */
const graceMs = 100;

const cutOff: TargetReply = { status: 'timeout', reason: 'aborted', latencyMs: 0, answer: null };

function callOrGiveUp(
  clock: Clock,
  ask: Planned,
  { deadlineMs }: Pick<TargetCall, 'deadlineMs'>,
): Promise<TargetReply> {
  const { cut } = ask.context;
  if (cut.isMade()) return Promise.resolve(cutOff);
  return new Promise((resolve, reject) => {
    const abort = takeSignal();
    const call = callOf(ask, { deadlineMs, signal: abort.signal });
    const giveUp = (): void => abort.abort();
    const cancel = clock.after(deadlineMs + graceMs, () => {
      forget();
      giveUp();
      resolve({ status: 'timeout', reason: 'deadline', latencyMs: deadlineMs, answer: null });
    });
    const forget = cut.onMade(giveUp);
    const done = (settle: () => void): void => {
      cancel();
      forget();
      giveBackSignal(abort);
      settle();
    };
    ask.arm.target.call(call).then(
      (reply) => done(() => resolve(reply)),
      (cause) => done(() => reject(cause)),
    );
  });
}

function callOf(ask: Planned, limits: Pick<TargetCall, 'deadlineMs' | 'signal'>): TargetCall {
  const { request, perturbed, transport, toOther = false } = ask.plan;
  const { requestMessage: message } = ask.exchange;
  return { request, message, perturbed, transport, toOther, headers: shadowHeaders(ask), ...limits };
}

/** Marks every copy, keeps the trace and starts a child span of its own. */
function shadowHeaders({ arm, context, exchange }: Planned): Headers {
  return {
    ...marksOf(`${context.run.id}/${arm.arm.name}`, sentRequestId(exchange)),
    baggage: withArm(exchange.requestMessage.headers.baggage, arm.arm.name),
    ...traceHeaders(exchange, { runId: context.run.id, arm: arm.arm.name }),
  };
}

/** The id that copies of this exchange carry, the same for every arm. */
export function sentRequestId({ id }: Exchange): string {
  return shadowIdPrefix + headerText(id);
}

const maxIdLength = 200;

/** Ids may be any text, headers may not: one that cannot be sent would look like the arm's own error. */
function headerText(id: string): string {
  return id.slice(0, maxIdLength).replace(/[^\x21-\x7e]/g, '_');
}

interface Answered {
  readonly treatment: Treatment;
  readonly reply: TargetReply;
  readonly exchange: Exchange;
}

function toOutcome({ decisions }: DispatchDeps, { treatment, reply, exchange }: Answered): Outcome {
  const { answer } = reply;
  if (reply.status !== 'ok' || answer === null) return outcomeOf(treatment, { ...reply, predictions: null });
  const { latencyMs } = reply;
  const invalid = (reason: string): Outcome =>
    outcomeOf(treatment, { status: 'invalid', reason, latencyMs, answer, predictions: null });
  if (exchange.rows !== undefined) {
    const rows = predictRows(decisions, { answer, rows: exchange.rows.length });
    if (rows.every((row) => row === null)) return invalid('no_row');
    const predictions = rows[0] ?? null;
    return { ...outcomeOf(treatment, { status: 'ok', reason: null, latencyMs, answer, predictions }), rows };
  }
  const read = predictAll(decisions, answer);
  if ('problem' in read) return invalid(`${read.decision}_${read.problem}`);
  return outcomeOf(treatment, { status: 'ok', reason: null, latencyMs, answer, predictions: read.predictions });
}

function outcomeOf(treatment: Treatment, seen: Omit<Outcome, keyof Treatment>): Outcome {
  const { status, reason, latencyMs, predictions } = seen;
  const answer = seen.answer === null ? null : withoutOutputs(seen.answer);
  const outcome = { status, reason, latencyMs, answer, predictions, faultActed: treatment.faultActed };
  return treatment === untreated ? outcome : { ...outcome, ...treatment };
}
