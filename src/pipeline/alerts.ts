// The alerts that runs raise. Keys name experiment and hypothesis only, never a number: repeats reach the same incident.
import type { Alert, Hypothesis } from '../model.ts';
import type { RunContext } from './run-context.ts';

export function violationAlert(context: RunContext, hypothesis: Pick<Hypothesis, 'id' | 'arm'>, at: number): Alert {
  const { experiment, id } = context.run;
  return {
    key: `${experiment}/${hypothesis.id}`,
    status: 'firing',
    experiment,
    run: id,
    arm: hypothesis.arm,
    hypothesis: hypothesis.id,
    summary: `${hypothesis.id} is over its limit`,
    at,
  };
}

export function abortAlert(context: RunContext, at: number, reason: string): Alert {
  const { experiment, id } = context.run;
  const summary = `run ${id} of ${experiment} was aborted: ${reason}`;
  return { key: `${experiment}/run`, status: 'firing', experiment, run: id, arm: null, hypothesis: null, summary, at };
}
