// A fault in words, for whoever reads the card without the config beside it.
import { faultFamily } from '../config/arms.ts';
import type { ChaosFault } from '../config/chaos-config.ts';
import { useText } from '../config/experiment-text.ts';
import { type KindFamily, optionKeys } from '../config/kind-use.ts';
import { perturbationFamily } from '../config/perturbations.ts';
import { perturbations } from '../core/perturb/index.ts';
import { faults } from '../faults/index.ts';
import type { KindUse } from '../model.ts';

export function describeFault({ perturbations: changes, faults: transport }: ChaosFault): string {
  return [
    ...changes.map((use) => describe(use, { family: perturbationFamily, kinds: perturbations })),
    ...transport.map((use) => describe(use, { family: faultFamily, kinds: faults })),
  ].join('; then: ');
}

interface Known {
  readonly family: KindFamily;
  readonly kinds: readonly Describable[];
}

type Describable = KindFamily['kinds'][number] & { readonly summary: string };

/** The kind's own summary, what it is done to, then the options that are not its defaults, as a config writes them. */
function describe(use: KindUse, { family, kinds }: Known): string {
  const kind = kinds.find(({ name }) => name === use.type);
  const summary = kind?.summary ?? use.type;
  const keys = kind === undefined ? [] : [...optionKeys(kind, family)];
  const defaults = new Set(keys.filter(([, option]) => isDefault(kind, { option, use })).map(([key]) => key));
  const written = Object.entries(useText(use, family) as Record<string, unknown>).filter(([key]) => !defaults.has(key));
  const about = written.find(([key, value]) => key === use.type && Array.isArray(value))?.[1] as string[] | undefined;
  const others = written.filter(([key, value]) => !(key === use.type && Array.isArray(value)));
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`.replace(/\.$/, '');
  const subject = about === undefined || about.join() === 'each' ? '' : `: ${about.join(', ')}`;
  const text = others.map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(', ') : String(value)}`);
  return `${sentence}${subject}${text.length === 0 ? '' : ` (${text.join(', ')})`}`;
}

function isDefault(kind: Describable | undefined, { option, use }: { option: string; use: KindUse }): boolean {
  const { default: standard } = (kind?.options.properties[option] ?? {}) as { default?: unknown };
  return standard !== undefined && standard === use.options[option];
}
