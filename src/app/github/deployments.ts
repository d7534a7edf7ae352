// Deployments that GitHub holds until the gate has decided. Each is in the store from the moment it is taken, so that a comparator that
// restarts goes on with it; none is ever approved for any other reason than a PASS or an override in force at that moment.
import type { Comparator, GithubRule } from '../../api/comparator.ts';
import { reasonsOf } from '../../api/gate-reasons.ts';
import type { GithubPipeline } from '../../config/effective.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { HeldDeployment, Store } from '../../io/store-port.ts';
import type { AnswerGithub } from './answer-github.ts';
import { readAsked, requireSigned } from './read-delivery.ts';

export interface DeploymentsDeps {
  readonly settings: GithubPipeline;
  readonly secret: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly gate: Comparator['gate'];
  readonly answer: AnswerGithub;
}

interface Decision {
  readonly state: 'approved' | 'rejected';
  readonly comment: string;
}

const lookEveryMs = 2000;
const longestPauseMs = 5 * 60_000;
/** With pauses that double up to five minutes: about two hours. */
const mostAttempts = 30;
/** What GitHub takes as a comment. */
const longestComment = 1000;

export function createDeployments(deps: DeploymentsDeps): GithubRule {
  const { settings, store, clock, log } = deps;
  const cancels = new Map<string, () => void>();
  const later = (delayMs: number, deployment: HeldDeployment): void => {
    cancels.set(
      deployment.id,
      clock.after(delayMs, () => void look(deployment)),
    );
  };
  const settle = (deployment: HeldDeployment, state: string, comment: string): void => {
    cancels.delete(deployment.id);
    log.info({ deployment: deployment.id, environment: deployment.environment, state, comment }, 'deployment answered');
    store.saveDeployment({ ...deployment, settled: { at: clock.nowMs(), state, comment } });
  };
  const look = async (deployment: HeldDeployment): Promise<void> => {
    try {
      const decided = decide(deps, deployment);
      if (decided === null) return later(lookEveryMs, deployment);
      const told = await deps.answer(deployment, { environment_name: deployment.environment, ...decided });
      if (!cancels.has(deployment.id)) return;
      if (told.delivered) return settle(deployment, decided.state, decided.comment);
      const tried = { ...deployment, attempts: deployment.attempts + 1 };
      if (!told.retryable || tried.attempts >= mostAttempts) {
        log.error({ deployment: deployment.id, told: told.detail }, 'GitHub does not take the answer');
        return settle(tried, 'untold', told.detail);
      }
      store.saveDeployment(tried);
      later(pauseMs(tried.attempts), tried);
    } catch (thrown) {
      if (!cancels.has(deployment.id)) return;
      log.error({ deployment: deployment.id, problem: messageOf(thrown) }, 'a deployment could not be answered yet');
      later(longestPauseMs, deployment);
    }
  };
  return {
    take: (delivery) => {
      requireSigned(delivery, deps.secret);
      if (delivery.event !== 'deployment_protection_rule')
        return `nothing to do for the event ${delivery.event || 'none'}`;
      const asked = readAsked(delivery, settings.api);
      if (asked === null) return 'nothing was asked';
      const experiment = settings.experiment ?? settings.environments[asked.environment];
      if (experiment === undefined) {
        throw new PenumbraError(
          'REQUEST_INVALID',
          `the config names no experiment for the environment ${asked.environment}`,
        );
      }
      const id = `${asked.callbackUrl} ${asked.environment}`;
      if (store.deployment(id)?.settled === null) return 'it is waited for already';
      const askedAt = clock.nowMs();
      const held = { id, ...asked, experiment, askedAt, until: askedAt + settings.waitMs, attempts: 0, settled: null };
      store.saveDeployment(held);
      later(0, held);
      return `the gate of ${experiment} will answer`;
    },
    start: () => {
      for (const held of store.heldDeployments()) later(0, held);
    },
    stop: () => {
      for (const cancel of cancels.values()) cancel();
      cancels.clear();
    },
  };
}

/** Doubling, with jitter, so that many do not come back at once. */
function pauseMs(attempts: number): number {
  return Math.min(longestPauseMs, 1000 * 2 ** attempts) * (0.5 + Math.random() / 2);
}

/** Null: wait. */
function decide({ settings, store, gate, clock }: DeploymentsDeps, held: HeldDeployment): Decision | null {
  const { experiment, commit, until } = held;
  const isOver = clock.nowMs() >= until;
  const isOfCommit = (ref: string | null): boolean =>
    settings.commit === 'unchecked' || (ref !== null && ref === commit);
  const stored = store.runs().findLast(({ run }) => run.experiment === experiment && isOfCommit(run.candidate.ref));
  if (stored === undefined) {
    const which = settings.commit === 'checked' ? ` with --ref ${commit ?? '(GitHub named no commit)'}` : '';
    return isOver ? rejected(`NO_DATA: no run of ${experiment} was started${which}`) : null;
  }
  const view = gate({ run: stored.run.id, experiment: null, nonce: null });
  const said = `penumbra: ${view.verdict}, run ${view.run}: ${reasonsOf(view).join('; ')}`;
  if (view.verdict === 'PASS' || view.override != null) return { state: 'approved', comment: cut(said) };
  if (view.final) return rejected(said);
  return isOver ? rejected(`penumbra: TIMEOUT, not decided in time; ${said}`) : null;
}

function rejected(comment: string): Decision {
  return { state: 'rejected', comment: cut(comment) };
}

function cut(text: string): string {
  return text.length > longestComment ? `${text.slice(0, longestComment - 1)}…` : text;
}
