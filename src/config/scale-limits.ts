// What many comparators cannot do together yet, said with line and column instead of being done wrongly.
import { metricOf } from '../core/judge/observe.ts';
import { productionStops } from '../core/judge/stop-condition.ts';
import type { Arm, Experiment, KindUse } from '../model.ts';
import { readBudget } from './budget.ts';
import type { EffectiveConfig } from './effective.ts';
import type { Spot } from './shape.ts';

const why = 'needs one process that sees every exchange in order; run it without scale';

const notKept =
  'with scale no budget per day is kept, not even the one by default: the rate, the calls in flight and the total are';

/** Perturbations that look back at earlier requests: at many comparators nobody has seen them all. */
const lookBack = ['stale', 'permute', 'skew'];

/** `root` is the whole config. */
export function checkScale(root: Spot, config: Pick<EffectiveConfig, 'source' | 'experiments'>): void {
  const { problems } = root;
  const written = root.value as Readonly<Record<string, unknown>>;
  for (const key of ['watch', 'chaos', 'drill', 'dependencies', 'blastRadius'] as const) {
    if (written[key] !== undefined) problems.atKey([key], `${key} ${why}`);
  }
  const { tap, mirror, cloudevents, file, kafka } = config.source;
  for (const [key, value] of Object.entries({
    tap,
    mirror,
    cloudevents,
    file,
    kafka,
    http: isPosted(written.source),
  })) {
    if (value)
      problems.atKey(
        ['source', key],
        `source.${key} brings exchanges past the topic: with scale they come from scale.exchanges alone, and source is left out`,
      );
  }
  for (const experiment of config.experiments) checkExperiment(root, experiment);
}

/** Written so: by default it is off with scale. */
function isPosted(source: unknown): boolean {
  return typeof source === 'object' && source !== null && 'http' in source && source.http === true;
}

function checkExperiment({ problems }: Spot, experiment: Experiment): void {
  const path = ['experiments', experiment.name];
  if (experiment.ramp !== undefined) problems.atKey([...path, 'ramp'], `ramp ${why}`);
  if (experiment.allowedTimes !== undefined) problems.atKey([...path, 'allowedTimes'], `allowedTimes ${why}`);
  const { maxRequestsPerDay, maxBytesPerDay } = experiment.blastRadius;
  const usual = readBudget({ value: {}, path, problems }, { maxOnProduction: null });
  const isByDefault = maxRequestsPerDay === usual?.maxRequestsPerDay && maxBytesPerDay === usual?.maxBytesPerDay;
  // What is written back holds the defaults too, and it must load again.
  if (isByDefault) problems.warn(path, notKept);
  else problems.atKey([...path, 'budget'], `a budget per day ${why}`);
  if (productionStops(experiment).length > 0) {
    problems.atKey(
      [...path, 'stopWhen'],
      'with scale, a stop condition on production requires prometheus: the judge sees counts, not exchanges',
    );
  }
  for (const { metric, automatic, id, ...hypothesis } of experiment.hypotheses) {
    const needs = metricOf({ metric, ...hypothesis });
    if (automatic) continue;
    if (needs.needsTruth) problems.atKey([...path, 'expect'], `${id} ${why}: true outcomes are joined to stored pairs`);
    if (needs.learn !== undefined) problems.atKey([...path, 'expect'], `${id} ${why}: it learns from one warm-up`);
  }
  for (const arm of experiment.arms) checkArm({ problems, path: [...path, 'arms', arm.name] }, arm);
}

function checkArm({ problems, path }: Pick<Spot, 'problems' | 'path'>, { perturbations, faults, hooks }: Arm): void {
  for (const { type } of perturbations.filter(looksBack)) {
    problems.atKey([...path, 'perturb'], `${type} ${why}: it looks back at earlier requests`);
  }
  const isElsewhere = faults.find(({ type, options }) => type === 'dependency' || options.settleMs !== undefined);
  if (isElsewhere !== undefined) problems.atKey([...path, 'faults'], `${isElsewhere.type} ${why}`);
  if (hooks !== undefined) problems.atKey([...path, 'hooks'], `hooks ${why}`);
}

function looksBack({ type, options }: KindUse): boolean {
  return lookBack.includes(type) || (type === 'drift' && options.start === undefined);
}
