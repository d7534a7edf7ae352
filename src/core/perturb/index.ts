// Every perturbation penumbra knows, by name. A new one is a file beside these and one line here.
import { clip } from './clip.ts';
import { defaultValue } from './default.ts';
import { drift } from './drift.ts';
import { drop } from './drop.ts';
import { noise } from './noise.ts';
import { nullValue } from './null.ts';
import { outOfDomain } from './out-of-domain.ts';
import { outdated } from './outdated.ts';
import { permute } from './permute.ts';
import { quantize } from './quantize.ts';
import { rotate } from './rotate.ts';
import { scale } from './scale.ts';
import { shift } from './shift.ts';
import { skew } from './skew.ts';
import { stale } from './stale.ts';
import { swap } from './swap.ts';
import { zero } from './zero.ts';

export type { DeclaredInput, OlderValues } from './declared-input.ts';
export type { Perturbation, PerturbationContext } from './perturbation.ts';

/** Every kind of perturbation. */
export const perturbations = [
  drop,
  zero,
  defaultValue,
  noise,
  scale,
  shift,
  nullValue,
  clip,
  outOfDomain,
  quantize,
  drift,
  stale,
  skew,
  permute,
  swap,
  rotate,
  outdated,
] as const;
