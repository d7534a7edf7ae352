// Every perturbation penumbra knows, by name. A new one is a file beside these and one line here.
// To come: null, shift, stale, swap, permute, clip, out-of-domain, quantize, drift.
import { defaultValue } from './default.ts';
import { drop } from './drop.ts';
import { noise } from './noise.ts';
import { scale } from './scale.ts';
import { zero } from './zero.ts';

export type { Perturbation, PerturbationContext } from './perturbation.ts';

/** Every kind of perturbation. */
export const perturbations = [drop, zero, defaultValue, noise, scale] as const;
