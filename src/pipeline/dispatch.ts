// Third step: asks every arm. Delays happen here and nowhere else; every failure becomes an outcome.
import { predictAll } from '../core/decide/index.ts';
import { randomFor } from '../core/random.ts';
import type { Clock, TargetReply } from '../io/ports.ts';
import type { Decision, Exchange, Headers, Outcome } from '../model.ts';
import { shadowHeader, shadowIdPrefix } from './read-exchange.ts';
import type { ArmContext, RunContext, ShadowPlan } from './run-context.ts';

export interface DispatchDeps {
  readonly clock: Clock;
  readonly decisions: readonly Decision[];
}

export interface DispatchOptions {
  /** False during warm-up: faults and perturbations are off. */
  readonly faultsOn: boolean;
  /** Arms that are not asked (their time is too short already); all are when this is left out. */
  readonly isWanted?: (armIndex: number) => boolean;
  readonly onOutcome: (armIndex: number, outcome: Outcome) => void;
}

/** Calls every arm in an order drawn from the seed, so that no arm always meets a warm cache. */
export function dispatch(deps: DispatchDeps, context: RunContext, exchange: Exchange, options: DispatchOptions): void {
  const random = randomFor(context.run.definition.seed, exchange.id, 'dispatch order');
  const order = context.arms.map((_, index) => ({ index, place: random.uniform() }));
  order.sort((one, other) => one.place - other.place);
  for (const { index } of order) {
    if (options.isWanted?.(index) === false) continue;
    const arm = context.arms[index] as ArmContext;
    askArm(deps, { arm, context, exchange, faultsOn: options.faultsOn }).then((outcome) => {
      if (outcome.answer !== null) arm.version = outcome.answer.modelVersion ?? arm.version;
      options.onOutcome(index, outcome);
    });
  }
}

interface Ask {
  readonly arm: ArmContext;
  readonly context: RunContext;
  readonly exchange: Exchange;
  readonly faultsOn: boolean;
}

async function askArm(deps: DispatchDeps, ask: Ask): Promise<Outcome> {
  const { arm, context, exchange, faultsOn } = ask;
  const plan = arm.plan(exchange, { faultsOn });
  if (arm.inFlight >= context.run.definition.blastRadius.maxInFlightPerArm) {
    return toOutcome(deps, plan, { status: 'timeout', reason: 'refused', latencyMs: 0, answer: null });
  }
  arm.inFlight += 1;
  try {
    return toOutcome(deps, plan, await callWithin(deps.clock, ask, plan));
  } finally {
    arm.inFlight -= 1;
  }
}

/** One deadline for everything: the injected delay, the connection and the answer. */
async function callWithin(clock: Clock, ask: Ask, plan: ShadowPlan): Promise<TargetReply> {
  const { arm, exchange } = ask;
  const startedMs = clock.monotonicMs();
  const { deadlineMs } = arm.arm;
  const abort = new AbortController();
  if (plan.delayMs > 0) {
    const delayMs = Math.min(plan.delayMs, deadlineMs);
    await new Promise<void>((resume) => clock.after(delayMs, resume));
    if (plan.delayMs >= deadlineMs) {
      return { status: 'timeout', reason: 'deadline', latencyMs: clock.monotonicMs() - startedMs, answer: null };
    }
  }
  const reply = await arm.target.call({
    request: plan.request,
    message: exchange.requestMessage,
    perturbed: plan.perturbed,
    headers: shadowHeaders(ask),
    deadlineMs: deadlineMs - plan.delayMs,
    signal: abort.signal,
  });
  return { ...reply, latencyMs: reply.latencyMs + plan.delayMs };
}

/** Marks every copy, keeps the trace and starts a child span of its own. */
function shadowHeaders({ arm, context, exchange }: Ask): Headers {
  const headers: Record<string, string> = {
    [shadowHeader]: `${context.run.id}/${arm.arm.name}`,
    'x-request-id': `${shadowIdPrefix}${exchange.id}`,
  };
  const trace = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/.exec(
    exchange.requestMessage.headers.traceparent ?? '',
  );
  if (trace !== null) headers.traceparent = `00-${trace[1]}-${spanId(context, arm, exchange)}-${trace[2]}`;
  return headers;
}

function spanId(context: RunContext, arm: ArmContext, exchange: Exchange): string {
  const random = randomFor(context.run.id, exchange.id, arm.arm.name);
  const half = (): string =>
    Math.floor(1 + random.uniform() * 0xfffffffe)
      .toString(16)
      .padStart(8, '0');
  return half() + half();
}

function toOutcome(deps: DispatchDeps, plan: ShadowPlan, reply: TargetReply): Outcome {
  const failed = (status: Outcome['status'], reason: string | null): Outcome => ({
    status,
    reason,
    latencyMs: reply.latencyMs,
    answer: reply.answer,
    predictions: null,
    faultActed: plan.faultActed,
  });
  if (reply.status !== 'ok' || reply.answer === null) return failed(reply.status, reply.reason);
  const read = predictAll(deps.decisions, reply.answer);
  if ('problem' in read) return failed('invalid', `${read.decision}_${read.problem}`);
  return { ...failed('ok', null), predictions: read.predictions };
}
