// What people do about a gate's answer: override it for a while, or try the run again. Both are recorded before anything is answered,
// and neither changes what a run has shown.
import { randomUUID } from 'node:crypto';
import type { Comparator, OverrideGate, StartRun } from '../api/comparator.ts';
import { PenumbraError } from '../errors.ts';
import type { GateOverride } from '../io/store-port.ts';
import type { Retried, Run } from '../model.ts';
import { digestOf } from '../pipeline/answer-gate.ts';
import type { GateView, RunView } from '../pipeline/view-types.ts';
import { identityOf, type OfferGate } from './gate.ts';
import type { Parts } from './parts.ts';

/** Longer, and an emergency would have become a habit. */
const longestOverrideMs = 60 * 60_000;

export interface GateActs extends OfferGate {
  readonly gate: Comparator['gate'];
  readonly start: (start: StartRun, retries: Retried) => Promise<RunView>;
}

export function offerGateActs(parts: Parts, options: GateActs): Pick<Comparator, 'overrideGate' | 'retryRun'> {
  const { gate, find, clock, log, start } = options;
  return {
    overrideGate: (wanted) => {
      const override = overrideOf(wanted, { said: askAbout(gate, wanted.run), at: clock.nowMs() });
      parts.store.saveOverride(override);
      log.warn({ ...override }, 'the gate is overridden');
      return override;
    },
    retryRun: async (id, reason) => {
      const said = askAbout(gate, id);
      const { run } = find(id);
      if (!said.final) {
        const message = `run "${id}" is not decided yet (${said.verdict}): wait for its end, or stop it first`;
        throw new PenumbraError('RUN_CANNOT_START', message);
      }
      log.warn({ run: id, verdict: said.verdict, reason }, 'a run is tried again');
      const retries = { run: id, verdict: said.verdict, said: said.reasons[0] ?? null, reason, at: clock.nowMs() };
      return start(startAgain(run), retries);
    },
  };
}

function askAbout(gate: Comparator['gate'], run: string): GateView {
  return gate({ run, experiment: null, nonce: null });
}

/** The digest is said in any case: a file that has changed since is another candidate. */
function startAgain(run: Run): StartRun {
  const { target, ref } = run.candidate;
  const digest = digestOf(run);
  return {
    experiment: run.experiment,
    ...(target === null ? {} : { candidate: target }),
    ...(digest === null ? {} : { digest }),
    ...(ref === null ? {} : { ref }),
    ...(run.endedAt === null ? { replace: true } : {}),
  };
}

function overrideOf(
  wanted: OverrideGate,
  { said, at }: { readonly said: GateView; readonly at: number },
): GateOverride {
  const { run, by, reason, ticket, forMs } = wanted;
  const refuse = (why: string): never => {
    throw new PenumbraError('OVERRIDE_REFUSED', why);
  };
  if (!(forMs > 0 && forMs <= longestOverrideMs)) refuse('an override requires a duration of at most 60 minutes');
  if (said.verdict === 'PASS') refuse(`the gate of run "${run}" says PASS: there is nothing to override`);
  if (said.reasonCode === 'identity_mismatch') refuse(`an override is for one candidate: ${said.reasons[0]}`);
  return {
    id: randomUUID(),
    run: said.run,
    experiment: said.experiment,
    candidate: identityOf(said),
    verdict: said.verdict,
    by,
    reason,
    ticket,
    at,
    until: at + forMs,
  };
}
