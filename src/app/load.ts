// How busy the arms are, for a source that can wait: a file is not read faster than they answer.
import type { Load } from '../io/ports.ts';
import type { RunContext } from '../pipeline/run-context.ts';
import type { Parts } from './parts.ts';

/** `awaitsRun`: whether nothing can come of an exchange before a run is there. */
export function loadOf({ runs, flow }: Pick<Parts, 'runs' | 'flow'>, awaitsRun: boolean): Load {
  const active = runs.active();
  const definitions = active.map(({ run }) => run.definition);
  const asked = active.flatMap(({ arms }) => arms.map(({ inFlight }) => inFlight));
  const scoring = active.filter(({ run }) => run.state === 'RUNNING');
  return {
    isReady: active.every(takesMore) && (active.length > 0 || !awaitsRun),
    unsent: flow.unsent(),
    asked: Math.max(0, ...asked),
    mostAsked: Math.min(...definitions.map(({ blastRadius }) => blastRadius.maxInFlightPerArm)),
    bucketMs: Math.min(...definitions.map(({ bucketMs }) => bucketMs)),
    closedUntil: scoring.length === 0 ? null : Math.min(...scoring.map(({ closedUntil }) => closedUntil)),
  };
}

/** Scoring, or warming up with requests still to send. */
function takesMore({ run, warmUp }: RunContext): boolean {
  if (run.endedAt !== null || run.state === 'RUNNING') return true;
  return warmUp.armsReady && warmUp.sent < run.definition.warmUpRequests;
}
