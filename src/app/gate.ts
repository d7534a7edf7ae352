// The gate as the comparator offers it: what a run shows, with all that is known around it: what is in production now, what the config
// judges by now, whether the same candidate has failed before, and whether somebody has overridden it.
import type { Comparator } from '../api/comparator.ts';
import { PenumbraError } from '../errors.ts';
import type { GateOverride } from '../io/store-port.ts';
import type { Run } from '../model.ts';
import { answerGate, digestOf } from '../pipeline/answer-gate.ts';
import type { RunFacts } from '../pipeline/view.ts';
import type { GateView } from '../pipeline/view-types.ts';
import { candidateProblems, definitionFor } from './candidates.ts';
import { refuseDrill } from './drill/offer-drills.ts';
import type { AppOptions, Parts } from './parts.ts';
import type { Views } from './views.ts';

export interface OfferGate extends Views, Pick<AppOptions, 'config' | 'clock' | 'log' | 'version'> {}

/** Throws RUN_NOT_FOUND, USAGE (a drill). */
export function createGate(parts: Parts, options: OfferGate): Comparator['gate'] {
  const { clock, config, find, version, view } = options;
  const { store, killSwitch, production } = parts;
  const policyHashNow = createPolicyNow(parts, config);
  return ({ run: id, experiment, nonce }) => {
    refuseDrill(experiment);
    const facts = find(id ?? latestRun(parts, experiment ?? ''));
    const { run } = facts;
    refuseDrill(run.experiment);
    const nowMs = clock.nowMs();
    const said = answerGate({
      facts,
      view: view(facts),
      nowMs,
      nonce,
      serviceVersion: version,
      problems: candidateProblems(config, run),
      isKilled: killSwitch.state() !== null,
      around: {
        productionVersionNow: production.now(run),
        policyHashNow: policyHashNow(run),
        failedBefore: failuresBefore(parts, { ...options, run }),
      },
    });
    return { ...said, override: inForce(store.overrides(run.id), { nowMs, candidate: identityOf(said) }) };
  };
}

/** Whom an override is for: a digest where there is one, else the version that the candidate states. */
export function identityOf({ candidate }: GateView): string | null {
  return candidate.digest ?? candidate.version;
}

function inForce(
  overrides: readonly GateOverride[],
  { nowMs, candidate }: { readonly nowMs: number; readonly candidate: string | null },
): GateOverride | null {
  return overrides.findLast((one) => nowMs < one.until && one.candidate === candidate) ?? null;
}

/** What a new run about the same candidate would be judged by. The config stays as it is, so that each run is asked about once. */
function createPolicyNow({ policyHashOf }: Parts, config: OfferGate['config']): (run: Run) => string {
  const known = new Map<string, string>();
  const hashNow = (run: Run): string => {
    const declared = config.experiments.find(({ name }) => name === run.experiment);
    // An experiment that is gone is told of by the candidate's problems.
    if (declared === undefined) return run.policyHash;
    try {
      return policyHashOf(definitionFor(config, declared, run.candidate));
    } catch (thrown) {
      // Its file may be gone since; that a candidate is refused today is another rule than that of its run.
      return thrown instanceof PenumbraError && thrown.code === 'MODEL_NOT_FOUND' ? run.policyHash : 'refused';
    }
  };
  return (run) => {
    const hash = known.get(run.id) ?? hashNow(run);
    known.set(run.id, hash);
    return hash;
  };
}

/** Runs of the same file under the same rules that failed, and that nobody has tried again with a reason. */
function failuresBefore({ store }: Parts, options: OfferGate & { readonly run: Run }): readonly string[] {
  const { run, find } = options;
  const digest = digestOf(run);
  if (digest === null || run.definition.epochMs !== null) return [];
  const all = store.runs().map((stored) => stored.run);
  const retried = new Set(all.map(({ retries }) => retries?.run));
  const before = all.findIndex(({ id }) => id === run.id);
  return all
    .slice(0, before)
    .filter((one) => one.experiment === run.experiment && one.policyHash === run.policyHash)
    .filter((one) => digestOf(one) === digest && !retried.has(one.id))
    .filter(({ id }) => hasFailed(find(id), options))
    .map(
      ({ id }) =>
        `run ${id} about this very candidate failed by the same rules; to judge it anew, say why: penumbra run retry --run ${id} --reason WHY`,
    );
}

/** By its own evidence alone. A run that was stopped after it had failed has failed. */
function hasFailed(facts: RunFacts, { clock, version, view }: OfferGate): boolean {
  const { run } = facts;
  const asEnded: Run = run.state === 'STOPPED' ? { ...run, state: 'COMPLETED' } : run;
  const said = answerGate({
    facts: { ...facts, run: asEnded },
    view: view(facts),
    nowMs: clock.nowMs(),
    nonce: null,
    serviceVersion: version,
    problems: [],
    isKilled: false,
  });
  return said.verdict === 'FAIL';
}

function latestRun({ store }: Parts, experiment: string): string {
  const stored = store.runs().findLast(({ run }) => run.experiment === experiment);
  if (stored === undefined) throw new PenumbraError('RUN_NOT_FOUND', `experiment "${experiment}" has no run`);
  return stored.run.id;
}
