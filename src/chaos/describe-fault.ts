// A fault in words, for whoever reads the card without the config beside it.
import { faultFamily } from '../config/arms.ts';
import type { ChaosFault } from '../config/chaos-config.ts';
import { useText } from '../config/experiment-text.ts';
import type { KindFamily } from '../config/kind-use.ts';
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
  readonly kinds: readonly { readonly name: string; readonly summary: string }[];
}

/** The kind's own summary, then its options as a config writes them. */
function describe(use: KindUse, { family, kinds }: Known): string {
  const { summary = use.type } = kinds.find(({ name }) => name === use.type) ?? {};
  const written = Object.entries(useText(use, family) as Record<string, unknown>);
  const options = written.filter(([key, value]) => !isPlain(key, value, use.type));
  const text = options.map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : String(value)}`);
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}`.replace(/\.$/, '');
  return text.length === 0 ? sentence : `${sentence} (${text.join(', ')})`;
}

/** What the card's own place says already, or what is the whole. */
function isPlain(key: string, value: unknown, type: string): boolean {
  return (key === 'share' && value === '100%') || (key === type && Array.isArray(value) && value.join() === 'each');
}
