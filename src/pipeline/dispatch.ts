// Third step: asks every arm. Delays happen here and nowhere else; every failure becomes an outcome.
import { predictAll } from '../core/decide/index.ts';
import { predictRows } from '../core/decide/rows.ts';
import { marksOf, shadowIdPrefix } from '../core/own-calls.ts';
import { randomFor } from '../core/random.ts';
import type { Clock, Log, TargetCall, TargetReply } from '../io/ports.ts';
import type { Decision, Exchange, Headers, Outcome } from '../model.ts';
import { withArm } from './baggage.ts';
import { withoutOutputs } from './lighten.ts';
import type { ArmContext, RunContext, ShadowPlan } from './run-context.ts';
import { type Struck, strikeOn, struckOnItsWay, withStrike } from './strikes.ts';
import { traceHeaders } from './trace.ts';
import { type Treatment, treatmentOf } from './treatment.ts';

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
  const random = randomFor(context.run.definition.seed, exchange.id, 'dispatch order');
  const order = context.arms.map((_, index) => ({ index, place: random.uniform() }));
  order.sort((one, other) => one.place - other.place);
  for (const { index } of order) {
    if (options.isWanted?.(index) === false) continue;
    const arm = context.arms[index] as ArmContext;
    const onSent = (sent: Sent): void => options.onSent?.(index, sent);
    askArm(deps, { arm, context, exchange, faultsOn: options.faultsOn, onSent }).then(
      (outcome) => {
        arm.version = outcome.answer?.modelVersion ?? arm.version;
        options.onOutcome(index, outcome);
      },
      (err) => {
        deps.log.error({ err, run: context.run.id, arm: arm.arm.name }, 'an arm could not be asked');
        options.onOutcome(index, null);
      },
    );
  }
}

interface Ask {
  readonly arm: ArmContext;
  readonly context: RunContext;
  readonly exchange: Exchange;
  readonly faultsOn: boolean;
  readonly onSent: (sent: Sent) => void;
}

async function askArm(deps: DispatchDeps, ask: Ask): Promise<Outcome> {
  const { arm, exchange, faultsOn } = ask;
  return askWith(deps, { ...ask, plan: arm.plan(exchange, { faultsOn }) });
}

interface Planned extends Ask {
  readonly plan: ShadowPlan;
}

/** Asks one arm as planned, within its limits. */
export async function askWith(deps: DispatchDeps, ask: Planned): Promise<Outcome> {
  const { arm, context, exchange, faultsOn, plan } = ask;
  const treatment = treatmentOf(plan);
  const struckNow = (): Struck | null => (faultsOn ? strikeOn(arm) : null);
  const sent = { struck: struckNow(), atMs: deps.clock.monotonicMs() };
  ask.onSent({ struck: sent.struck, treatment });
  const outcomeOf = (reply: TargetReply): Outcome => {
    const tookMs = deps.clock.monotonicMs() - sent.atMs;
    const struck = struckOnItsWay(sent.struck, { now: struckNow(), tookMs });
    ask.onSent({ struck, treatment });
    return withStrike(toOutcome(deps, { treatment, reply, exchange }), struck);
  };
  if (arm.inFlight >= context.run.definition.blastRadius.maxInFlightPerArm) {
    return outcomeOf({ status: 'timeout', reason: 'refused', latencyMs: 0, answer: null });
  }
  arm.inFlight += 1;
  try {
    return outcomeOf(await callWithin(deps.clock, ask));
  } finally {
    arm.inFlight -= 1;
  }
}

/** One deadline for everything: the injected delay, the connection and the answer. */
async function callWithin(clock: Clock, ask: Planned): Promise<TargetReply> {
  const { arm, context, exchange, plan } = ask;
  const { deadlineMs } = arm.arm;
  const startedMs = clock.monotonicMs();
  if (plan.delayMs > 0) {
    await new Promise<void>((resume) => clock.after(Math.min(plan.delayMs, deadlineMs), resume));
    const gone = { latencyMs: clock.monotonicMs() - startedMs, answer: null };
    if (plan.delayMs >= deadlineMs) return { status: 'timeout', reason: 'deadline', ...gone };
    if (context.run.endedAt !== null) return { status: 'timeout', reason: 'aborted', ...gone };
  }
  const reply = await callOrGiveUp(clock, ask, {
    request: plan.request,
    message: exchange.requestMessage,
    perturbed: plan.perturbed,
    transport: plan.transport,
    toOther: plan.toOther ?? false,
    headers: shadowHeaders(ask),
    deadlineMs: deadlineMs - plan.delayMs,
  });
  return { ...reply, latencyMs: reply.latencyMs + plan.delayMs };
}

/** A target keeps its own deadline; one that does not is left behind this much later. */
const graceMs = 100;

function callOrGiveUp(clock: Clock, { arm, context }: Planned, call: Omit<TargetCall, 'signal'>): Promise<TargetReply> {
  const abort = new AbortController();
  const giveUp = (): void => abort.abort();
  if (context.cut.isMade())
    return Promise.resolve({ status: 'timeout', reason: 'aborted', latencyMs: 0, answer: null });
  return new Promise((resolve, reject) => {
    const cancel = clock.after(call.deadlineMs + graceMs, () => {
      giveUp();
      resolve({ status: 'timeout', reason: 'deadline', latencyMs: call.deadlineMs, answer: null });
    });
    const forget = context.cut.onMade(giveUp);
    arm.target
      .call({ ...call, signal: abort.signal })
      .then(resolve, reject)
      .finally(() => {
        cancel();
        forget();
      });
  });
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
  const { status, reason, latencyMs, answer } = reply;
  const base = { latencyMs, answer: answer === null ? null : withoutOutputs(answer), ...treatment };
  if (status !== 'ok' || answer === null) return { ...base, status, reason, predictions: null };
  if (exchange.rows !== undefined) {
    const rows = predictRows(decisions, { answer, rows: exchange.rows.length });
    const isEmpty = rows.every((row) => row === null);
    if (isEmpty) return { ...base, status: 'invalid', reason: 'no_row', predictions: null };
    return { ...base, status, reason: null, predictions: rows[0] ?? null, rows };
  }
  const read = predictAll(decisions, answer);
  if ('problem' in read) {
    return { ...base, status: 'invalid', reason: `${read.decision}_${read.problem}`, predictions: null };
  }
  return { ...base, status, reason: null, predictions: read.predictions };
}
