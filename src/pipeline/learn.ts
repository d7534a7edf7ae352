// Learning probes: before a run scores, arms are asked for their answer to the input of defaults alone, with the requests of the
// warm-up until they answer. It is frozen for the run, and claims that wait for it are judged with it from their first pair on.
import { metricOf } from '../core/judge/observe.ts';
import { allDefault } from '../core/perturb/all-default.ts';
import type { DeclaredInput } from '../core/perturb/index.ts';
import { messageOf } from '../errors.ts';
import type { Exchange, Experiment, Hypothesis, ModelRequest, Outcome, Run } from '../model.ts';
import { askWith, type DispatchDeps } from './dispatch.ts';
import { pay } from './purse.ts';
import type { ArmContext, RunContext } from './run-context.ts';
import type { Watches } from './watch/watches.ts';

/** What is known of one arm's answer to the input of defaults alone. */
export interface ArmLesson {
  isAsked: boolean;
  /** Its answer, once it gave one. */
  answer: Outcome | null;
  /** The arm's version when it answered. */
  version: string | null;
  /** Why there is no answer yet. */
  problem: string;
}

export interface LearnDeps extends DispatchDeps {
  readonly inputs: readonly DeclaredInput[];
  /** Null: nothing is watched on production. */
  readonly watches: Pick<Watches, 'awaitsDefaults' | 'learnDefaults'> | null;
}

const unasked = 'no request of the warm-up could be made into it';

/** The arms that some claim waits for. */
export function newLessons({ hypotheses }: Experiment): Map<string, ArmLesson> {
  const waiting = hypotheses.filter((one) => metricOf(one).learn !== undefined);
  return new Map(waiting.map(({ arm }) => [arm, newLesson()]));
}

function newLesson(): ArmLesson {
  return { isAsked: false, answer: null, version: null, problem: unasked };
}

/**
 * Asks every arm that has not answered yet, with this request of the warm-up; what the budget does not allow waits for the next. The
 * control is asked too where a watch on production waits for what it says.
 */
export function askForDefaults(deps: LearnDeps, context: RunContext, exchange: Exchange): void {
  const control = context.arms[context.control];
  if (control !== undefined && deps.watches?.awaitsDefaults() === true && !context.lessons.has(control.arm.name)) {
    context.lessons.set(control.arm.name, newLesson());
  }
  for (const arm of context.arms) {
    const lesson = context.lessons.get(arm.arm.name);
    if (lesson === undefined || lesson.isAsked || lesson.answer !== null) continue;
    const made = allDefault(exchange.request, deps.inputs);
    if ('problem' in made) lesson.problem = made.problem;
    else if (isAllowed(context, exchange)) ask(deps, context, { arm, lesson, exchange, request: made.request });
  }
}

function isAllowed(context: RunContext, { requestMessage }: Exchange): boolean {
  return pay(context, { bytes: requestMessage.body.length, arms: 1 });
}

interface Asking {
  readonly arm: ArmContext;
  readonly lesson: ArmLesson;
  readonly exchange: Exchange;
  readonly request: ModelRequest;
}

function ask(deps: LearnDeps, context: RunContext, { arm, lesson, exchange, request }: Asking): void {
  const plan = { request, perturbed: true, delayMs: 0, transport: null, faultActed: null };
  // An id of its own: what its dependencies see of it is not what they see of the exchange.
  const probe = { ...exchange, id: `${exchange.id}.all-default`, request };
  lesson.isAsked = true;
  context.warmUp.waiting += 1;
  askWith(deps, { arm, context, exchange: probe, plan, faultsOn: false, onSent: () => {} })
    .then(
      (outcome) => {
        if (outcome.status === 'ok') {
          lesson.answer = outcome;
          lesson.version = outcome.answer?.modelVersion ?? arm.version;
          tellWatches(deps, context, { arm, lesson, exchange });
        } else lesson.problem = `${outcome.status}${outcome.reason === null ? '' : ` (${outcome.reason})`}`;
      },
      (thrown: unknown) => {
        lesson.problem = `penumbra could not ask it: ${messageOf(thrown)}`;
      },
    )
    .finally(() => {
      lesson.isAsked = false;
      context.warmUp.waiting -= 1;
    });
}

/** A control speaks for production as long as it is the same version. */
function tellWatches(
  { watches, clock, log }: LearnDeps,
  context: RunContext,
  { arm, lesson, exchange }: Omit<Asking, 'request'>,
): void {
  const { answer, version } = lesson;
  if (arm !== context.arms[context.control] || answer?.predictions == null || watches === null) return;
  const production = exchange.answer.modelVersion;
  if (version === null || production === null || version === production) {
    watches.learnDefaults(answer.predictions, clock.nowMs());
    return;
  }
  log.warn({ run: context.run.id, control: version, production }, 'the watches learn nothing from another version');
}

/** The run with what its arms have answered; the same one where no claim waited for it. */
export function withLessons({ run, lessons }: RunContext): Run {
  if (!run.definition.hypotheses.some((one) => metricOf(one).learn !== undefined)) return run;
  const hypotheses = run.definition.hypotheses.map((one) => taught(one, lessons.get(one.arm) ?? newLesson()));
  return { ...run, definition: { ...run.definition, hypotheses } };
}

function taught(hypothesis: Hypothesis, { answer, version, problem }: ArmLesson): Hypothesis {
  const { learn } = metricOf(hypothesis);
  if (learn === undefined) return hypothesis;
  const prediction = answer?.predictions?.[hypothesis.decision ?? ''];
  const options = prediction === undefined ? null : learn(prediction);
  if (options !== null) return { ...hypothesis, options, learned: { options, version, problem: null } };
  const why = answer === null ? problem : 'its answer cannot be one to compare with';
  return { ...hypothesis, learned: { options: null, version, problem: why } };
}

/** The same after a restart: a run that scores keeps what it learned, and learns nothing new. */
export function withKeptLessons(definition: Experiment, stored: Run): Experiment {
  if (stored.state !== 'RUNNING') return definition;
  const hypotheses = definition.hypotheses.map((one): Hypothesis => {
    if (metricOf(one).learn === undefined) return one;
    const { learned } = stored.definition.hypotheses.find(({ id }) => id === one.id) ?? {};
    if (learned === undefined) {
      return { ...one, learned: { options: null, version: null, problem: 'the run scored before it was to be asked' } };
    }
    return { ...one, options: learned.options ?? one.options, learned };
  });
  return { ...definition, hypotheses };
}
