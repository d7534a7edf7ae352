// A comparator without store, API and page, from the config: what it counts is judged elsewhere.
import { randomUUID } from 'node:crypto';
import type { EffectiveConfig } from '../../config/effective.ts';
import { hypothesisHash } from '../../config/hashes.ts';
import type { ScaleConfig } from '../../config/scale.ts';
import { createArmPlan } from '../../faults/plan-arm.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Experiment, Hypothesis } from '../../model.ts';
import { createMeasures, type Measure } from '../../pipeline/measures.ts';
import { openingArms } from '../open-arm.ts';
import { codecOf, openStarted } from '../open-target.ts';
import type { AppOptions } from '../parts.ts';
import { readerFor } from '../read-exchanges.ts';
import { type Compare, createCompare } from './compare.ts';
import { readingOf } from './open-judge.ts';
import { createRecordReader } from './read-record.ts';

export interface OpenCompare extends Pick<AppOptions, 'openTarget' | 'env'> {
  readonly config: EffectiveConfig;
  readonly scale: ScaleConfig;
  readonly kafka: KafkaLog;
  readonly clock: Clock;
  readonly log: Log;
  /** Unlike every other's; made up unless given. */
  readonly member?: string;
}

/** @throws PenumbraError CONFIG_INVALID (a secret that is not there) */
export function openCompare(options: OpenCompare): Compare {
  const { config, env, clock, log, member = randomUUID() } = options;
  const codec = codecOf(config);
  const hashIn = (experiment: Experiment, hypothesis: Hypothesis) =>
    hypothesisHash(hypothesis, { ...config, experiment });
  const measures = new WeakMap<Experiment, readonly Measure[]>();
  const setting = { decisions: config.decisions, segmentations: config.segments, hashOf: hashIn };
  return createCompare({
    ...options,
    member,
    reading: readingOf(config),
    reader: createRecordReader((nowMs) => readerFor(config, { codec, nowMs })),
    decisions: config.decisions,
    sloLatencyMs: config.production.sloLatencyMs,
    samples: { inputs: config.inputs, decisions: config.decisions, features: config.samples.features },
    measuresOf: ({ run }) => {
      const made = measures.get(run.definition) ?? createMeasures(run.definition, setting);
      measures.set(run.definition, made);
      return made;
    },
    openTarget: openingArms(
      options.openTarget ?? (async (_arm, target) => openStarted(target, { codec, config, env, log })),
    ),
    disturbancesOf: () => [],
    pursesOf: () => [],
    planFor: (arm, experiment) => createArmPlan(arm, { inputs: config.inputs, seed: experiment.seed }),
    hypothesisHashOf: hashIn,
    clock,
  });
}
