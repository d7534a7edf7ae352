// Before warm-up: waits until every arm can answer, or its time is up; an arm that never does is judged by its outcomes.
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { ArmContext, RunContext } from './run-context.ts';

const probeEveryMs = 250;
const probeDeadlineMs = 2000;

interface AwaitReady {
  readonly clock: Clock;
  readonly log: Log;
  /** Aborted when penumbra stops. */
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function awaitReady(context: RunContext, options: AwaitReady): Promise<void> {
  const giveUpAtMs = options.clock.monotonicMs() + context.run.definition.readyTimeoutMs;
  await Promise.all(context.arms.map((arm) => probe(context, arm, { ...options, giveUpAtMs })));
  context.warmUp.armsReady = true;
}

interface Probe extends AwaitReady {
  readonly giveUpAtMs: number;
}

async function probe(context: RunContext, arm: ArmContext, { clock, log, signal, giveUpAtMs }: Probe): Promise<void> {
  let problem = '';
  while (!signal.aborted && clock.monotonicMs() < giveUpAtMs && context.run.endedAt === null) {
    try {
      const { version } = await arm.target.ready(AbortSignal.any([signal, AbortSignal.timeout(probeDeadlineMs)]));
      arm.version = version ?? arm.version;
      return;
    } catch (thrown) {
      problem = messageOf(thrown);
    }
    await new Promise<void>((resume) => clock.after(probeEveryMs, resume));
  }
  if (signal.aborted) return;
  log.warn({ run: context.run.id, arm: arm.arm.name, problem }, 'the arm did not become ready in time');
}
