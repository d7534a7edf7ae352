// The alerts that runs raise. Keys name experiment and hypothesis only, never a number: repeats reach the same incident.
import type { Alert, Hypothesis, Run, Stream, Verdict } from '../model.ts';

export function violationAlert({ experiment, id }: Run, hypothesis: Pick<Hypothesis, 'id' | 'arm'>, at: number): Alert {
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

/** Verdicts that somebody must hear of. DIFFERENT is shown, not alarmed: a retrained model is meant to be. */
export function isAlarming(verdict: Verdict): boolean {
  return verdict === 'VIOLATED' || verdict === 'REGRESSED';
}

/** What nobody wrote and nothing waits for is shown, and wakes nobody. */
export function alarmsAnybody({ automatic, required }: Pick<Hypothesis, 'automatic' | 'required'>): boolean {
  return required || !automatic;
}

/** What fired about these streams is over. */
export function resolvedAlerts(
  run: Run,
  streams: readonly Stream[],
  { at, summary }: { at: number; summary: string },
): readonly Alert[] {
  const isSilent = ({ hypothesis: id }: Stream): boolean =>
    run.definition.hypotheses.some((hypothesis) => hypothesis.id === id && !alarmsAnybody(hypothesis));
  return streams
    .filter((stream) => isAlarming(stream.verdict) && !isSilent(stream))
    .map(({ hypothesis: id }): Alert => {
      const arm = run.definition.hypotheses.find((hypothesis) => hypothesis.id === id)?.arm ?? id.split('.')[0] ?? id;
      return { ...violationAlert(run, { id, arm }, at), status: 'resolved', summary };
    });
}

/** Says that an abort happened, and that what fired about the run's streams is over: violations end with their run. */
export function alertsAtEnd(run: Run, streams: readonly Stream[], at: number): readonly Alert[] {
  // A regression outlives the epoch in which it began; its detector goes on in the next.
  const ending = run.endReason === 'epoch' ? streams.filter(({ verdict }) => verdict !== 'REGRESSED') : streams;
  const resolved = resolvedAlerts(run, ending, { at, summary: `run ${run.id} ended (${run.endReason})` });
  return run.state === 'ABORTED' ? [abortAlert(run, at), ...resolved] : resolved;
}

function abortAlert({ experiment, id, endReason }: Run, at: number): Alert {
  const summary = `run ${id} of ${experiment} was aborted: ${endReason}`;
  return { key: `${experiment}/run`, status: 'firing', experiment, run: id, arm: null, hypothesis: null, summary, at };
}
