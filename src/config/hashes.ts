// What evidence is about, as hashes. A hypothesis's hash names what its counts depend on and nothing else, so that editing
// an alert address, a budget or another arm never restarts it; the policy's hash names what a gate's answer rests on.
import { createHash } from 'node:crypto';
import type { DeclaredInput } from '../core/perturb/index.ts';
import { otherVersionOf } from '../faults/swap.ts';
import type { Arm, Decision, Experiment, Hypothesis, KindUse, TargetSpec } from '../model.ts';
import type { ChaosConfig } from './chaos-config.ts';
import type { EffectiveConfig } from './effective.ts';

export type HashSetting = Pick<EffectiveConfig, 'decisions' | 'production' | 'segments' | 'inputs'>;

/** Everything written, in canonical form; files by their content, so that the same config elsewhere has the same hash. */
export function configHash(config: Omit<EffectiveConfig, 'configHash'>): string {
  const experiments = config.experiments.map((experiment) => ({
    ...experiment,
    arms: experiment.arms.map((arm) => ({
      ...arm,
      target: placeless(arm.target),
      faults: arm.faults.map((use) => withOther(use, placeless)),
    })),
  }));
  const { chaos } = config;
  const suite = chaos && placelessSuite(chaos);
  const inputs = config.inputs.map(placelessInput);
  return hashOf({ ...config, inputs, store: null, experiments, chaos: suite });
}

/** Whether two configs mean the same suite, wherever its files are. */
export function suiteHash(chaos: ChaosConfig): string {
  return hashOf(placelessSuite(chaos));
}

function placelessSuite(chaos: ChaosConfig): unknown {
  const versions = chaos.versions.map((one) => ({ ...one, target: placeless(one.target) }));
  return { ...chaos, versions, traffic: { ...chaos.traffic, file: null } };
}

/** Hypotheses, gate, share, warm-up and the decisions and promise they are judged by; no addresses, no budgets. */
export function policyHash(experiment: Experiment, setting: HashSetting): string {
  const { gate, maxPairs, maxTimeMs, warmUpRequests, hypotheses } = experiment;
  // Who hears of a violation is no part of what is judged.
  const claims = hypotheses.map(({ notify: _, ...hypothesis }) => ({
    ...hypothesis,
    definition: hypothesisHash(hypothesis, { ...setting, experiment }),
  }));
  return hashOf({ gate, maxPairs, maxTimeMs, warmUpRequests, claims });
}

/** What one hypothesis's counts depend on. Error budgets and `required` are not among it: they read counts, they do not make them. */
export function hypothesisHash(
  hypothesis: Hypothesis,
  { experiment, decisions, production, segments, inputs }: HashSetting & { experiment: Experiment },
): string {
  const { metric, options, segmentation, relation, against, tolerance, minActed } = hypothesis;
  // Its steps decide which requests came first; when sending is allowed, and what it may cost, decide only how many there are.
  const { share, ramp, bucketMs, joinDeadlineMs, seed, comparedWith } = experiment;
  const divided = segments.find(({ name }) => name === segmentation) ?? null;
  const decision: Decision | null = decisions.find(({ name }) => name === hypothesis.decision) ?? null;
  const arm = experiment.arms.find(({ name }) => name === hypothesis.arm);
  const control = against === 'control' ? experiment.arms.find(({ role }) => role === 'control') : undefined;
  return hashOf({
    claim: { metric, options, segmentation: divided, relation, against, tolerance, minActed, decision },
    arm: treatmentOf(arm, inputs),
    control: treatmentOf(control, inputs),
    counting: { share, ramp, bucketMs, joinDeadlineMs, seed, comparedWith, sloLatencyMs: production.sloLatencyMs },
  });
}

/** What is done to an arm; where it lives is not part of it (its version is followed in the stream). */
function treatmentOf(arm: Arm | undefined, inputs: readonly DeclaredInput[]) {
  if (!arm) return null;
  const { name, role, perturbations, faults, deadlineMs, hooks } = arm;
  // Ranges, defaults and older values are part of what a perturbation does.
  const declared = perturbations.length === 0 ? undefined : inputs.map(placelessInput);
  return {
    name,
    role,
    perturbations,
    faults: faults.map((use) => withOther(use, () => null)),
    deadlineMs,
    declared,
    hooks,
  };
}

/** Files by their content. */
function placelessInput({ older, ...input }: DeclaredInput): unknown {
  return older === undefined ? input : { ...input, older: older.sha256 };
}

function placeless(target: TargetSpec | null): unknown {
  if (target?.type === 'command') return { ...target, cwd: null };
  return target?.type === 'onnx' ? { type: target.type, sha256: target.sha256 } : target;
}

/** A swap with its other version written otherwise: whose answers they are is followed in the stream, as of every arm. */
function withOther(use: KindUse, write: (other: TargetSpec) => unknown): KindUse {
  const other = otherVersionOf({ faults: [use] });
  return other === null ? use : { ...use, options: { ...use.options, other: write(other) } };
}

export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex');
}

/** JSON with sorted keys and nothing undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  entries.sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}
