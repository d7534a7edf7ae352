// The alerts that runs raise. Keys name experiment and hypothesis only, never a number: repeats reach the same incident.
import { notifyOf } from '../core/judge/notify.ts';
import type { Alert, Hypothesis, Run, Stream, Verdict } from '../model.ts';

/** Null where nobody is to hear of it. */
export function violationAlert(run: Run, hypothesis: Hypothesis, at: number): Alert | null {
  const notify = notifyOf(hypothesis, roleIn(run, hypothesis.arm));
  return notify === 'none' ? null : { ...aboutHypothesis(run, hypothesis, at), severity: notify };
}

/** Verdicts that somebody must hear of. DIFFERENT is shown, not alarmed: a retrained model is meant to be. */
export function isAlarming(verdict: Verdict): boolean {
  return verdict === 'VIOLATED' || verdict === 'REGRESSED';
}

/** What fired about these streams is over; the outbox drops the end of what never began. */
export function resolvedAlerts(
  run: Run,
  streams: readonly Stream[],
  { at, summary }: { at: number; summary: string },
): readonly Alert[] {
  const known = (id: string): Hypothesis | undefined =>
    run.definition.hypotheses.find((hypothesis) => hypothesis.id === id);
  return streams
    .filter(({ verdict, hypothesis }) => isAlarming(verdict) && !isNeverSaid(known(hypothesis)))
    .map(({ hypothesis: id }): Alert => {
      const arm = known(id)?.arm ?? id.split('.')[0] ?? id;
      return { ...aboutHypothesis(run, { id, arm }, at), status: 'resolved', summary };
    });
}

/** Says that an abort happened, and that what fired about the run's streams is over: violations end with their run. */
export function alertsAtEnd(run: Run, streams: readonly Stream[], at: number): readonly Alert[] {
  // A regression outlives the epoch in which it began; its detector goes on in the next.
  const ending = run.endReason === 'epoch' ? streams.filter(({ verdict }) => verdict !== 'REGRESSED') : streams;
  const resolved = resolvedAlerts(run, ending, { at, summary: `run ${run.id} ended (${run.endReason})` });
  return run.state === 'ABORTED' ? [abortAlert(run, at), ...resolved] : resolved;
}

function isNeverSaid(hypothesis: Hypothesis | undefined): boolean {
  return hypothesis?.automatic === true && !hypothesis.required;
}

function roleIn(run: Run, name: string) {
  return run.definition.arms.find((arm) => arm.name === name)?.role;
}

function aboutHypothesis(run: Run, { id, arm }: Pick<Hypothesis, 'id' | 'arm'>, at: number): Alert {
  const { experiment } = run;
  return {
    key: `${experiment}/${id}`,
    status: 'firing',
    severity: 'page',
    cause: roleIn(run, arm) === 'control' ? 'control' : 'arm',
    experiment,
    run: run.id,
    arm,
    hypothesis: id,
    summary: `${id} is over its limit`,
    at,
  };
}

function abortAlert({ experiment, id, endReason }: Run, at: number): Alert {
  const summary = `run ${id} of ${experiment} was aborted: ${endReason}`;
  const about = { experiment, run: id, arm: null, hypothesis: null };
  return { key: `${experiment}/run`, status: 'firing', severity: 'ticket', cause: 'run', ...about, summary, at };
}
