// What an arm's answer is compared with: production's, or the control's where the experiment asks what a fault does to a version that is not
// in production. There, what sets two versions apart must not be taken for the fault's doing.
import type { Arm, Exchange, Outcome } from '../model.ts';
import type { RunContext } from './run-context.ts';

/**
 * The exchange as if the base had answered it. Null when the base gave no answer that can be compared with (none in time, one that is marked
 * as resting on fallback values): the pair is compared and counts for no hypothesis. The control itself is compared with production.
 */
export function baseFor(
  { run }: Pick<RunContext, 'run'>,
  arm: Pick<Arm, 'role'>,
  { exchange, control }: { readonly exchange: Exchange; readonly control: Outcome | 'late' | undefined },
): Exchange | null {
  if (run.definition.comparedWith !== 'control' || arm.role === 'control') return exchange;
  if (control === undefined || control === 'late' || control.status !== 'ok') return null;
  const { predictions, latencyMs, answer } = control;
  if (predictions === null || answer?.degraded === true) return null;
  return { ...exchange, predictions, latencyMs };
}
