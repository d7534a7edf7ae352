// What can be known before the first message of a watch that will not see its features: they stand behind the request, in a store.
import { resolve } from 'node:path';
import type { WatchSetting } from '../core/watch/claim.ts';
import { watchOf } from '../core/watch/claim.ts';
import { readModelCard } from '../io/model-card.ts';
import type { Experiment, InputFeature } from '../model.ts';
import { isRecord, listed, type Spot } from './shape.ts';

interface Known {
  readonly watch: WatchSetting;
  readonly experiments: readonly Experiment[];
  /** `inputs` as it is written, and the folder its card is relative to. */
  readonly inputs: Spot;
  readonly directory: string;
}

export function warnAboutWatches({ path, problems }: Spot, known: Known): void {
  const stored = storedNames(known);
  const key = entityKeyOf(known.experiments);
  for (const claim of known.watch.claims) {
    if (claim.lookIn !== 'request' || watchOf(claim).looksAt !== 'inputs') continue;
    const hidden = claim.features.map(({ name }: InputFeature) => name).filter((name) => stored.includes(name));
    const why =
      hidden.length > 0
        ? `${listed(hidden)} come from a feature store (the model card says stored)`
        : key === null
          ? null
          : `an experiment says that features come from a dependency, by the key ${key}`;
    if (why === null) continue;
    const advice = 'what goes wrong behind the request does not show in it: watch the decisions too, or echoedInputs';
    problems.warn([...path, ...claim.id.split('.')], `${claim.id} looks at the request, and ${why}; ${advice}`);
  }
}

/** Features that the card says are looked up by the service itself. */
function storedNames({ inputs: { value }, directory }: Known): readonly string[] {
  const card = isRecord(value) ? value.card : undefined;
  if (typeof card !== 'string') return [];
  const { inputs } = readModelCard(resolve(directory, card));
  return inputs.filter(({ stored }) => stored).map(({ name }) => name);
}

function entityKeyOf(experiments: readonly Experiment[]): string | null {
  const faults = experiments.flatMap(({ arms }) => arms.flatMap((arm) => arm.faults));
  const key = faults.find(({ type, options }) => type === 'dependency' && typeof options.key === 'string')?.options.key;
  return (key as string | undefined) ?? null;
}
