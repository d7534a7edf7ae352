// A run as a comparator among others holds it: one arm that answers from a table, without Kafka around it.

import { createArmPlan } from '../../src/faults/plan-arm.ts';
import type { Clock } from '../../src/io/ports.ts';
import type { Experiment, Run } from '../../src/model.ts';
import { createMeasures } from '../../src/pipeline/measures.ts';
import { nothingStored, openRun } from '../../src/pipeline/open-run.ts';
import type { PartitionDeps, ScaledRun } from '../../src/pipeline/scale/partition.ts';
import { configForTest } from './comparator.ts';
import { type Answers, createScriptedTarget } from './scripted-target.ts';

const quiet = (): void => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface ScaledRunForTest {
  readonly run: ScaledRun;
  readonly deps: PartitionDeps;
}

export async function createScaledRun(clock: Clock, answers: Answers): Promise<ScaledRunForTest> {
  const given = { arms: { slow: '' }, expect: { 'slow.late': 'flip: at most 5%' }, settings: { epoch: '24h' } };
  const config = configForTest(given, ':memory:');
  const definition = config.experiments[0] as Experiment;
  const started = { id: 'run', experiment: definition.name, definition, policyHash: '', state: 'RUNNING' as const };
  const run: Run = {
    ...started,
    candidate: { target: null, digest: null, ref: null },
    ...{ startedAt: 0, scoringSince: 0, endedAt: null, endReason: null },
  };
  const context = await openRun(
    {
      ...{ clock, log, disturbancesOf: () => [], hypothesisHashOf: () => 'hash', pursesOf: () => [] },
      openTarget: async () => createScriptedTarget({ clock, answers, asked: [] }),
      planFor: (arm, experiment) => createArmPlan(arm, { inputs: config.inputs, seed: experiment.seed }),
    },
    run,
    nothingStored,
  );
  const measures = createMeasures(definition, { ...config, segmentations: config.segments, hashOf: () => 'hash' });
  return {
    run: { context, scoresFrom: 0, readyVersions: [null], partitions: 1 },
    deps: {
      ...{ clock, log, decisions: config.decisions, onAnswer: quiet, measuresOf: () => measures },
      sloLatencyMs: config.production.sloLatencyMs,
      samples: { inputs: config.inputs, decisions: config.decisions, features: 'none' },
    },
  };
}
