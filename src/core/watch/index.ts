// Every watch on production that penumbra knows, by name. A new one is a file beside these and one line here.
import { Value } from 'typebox/value';
import { allDefault } from './all-default.ts';
import { allZero } from './all-zero.ts';
import { collapse } from './collapse.ts';
import { defaultMatch } from './default-match.ts';
import { distribution } from './distribution.ts';
import { lowConfidence } from './low-confidence.ts';
import { missing } from './missing.ts';
import { outOfRange } from './out-of-range.ts';
import { rowMismatch } from './row-mismatch.ts';
import { unseenCategory } from './unseen-category.ts';
import type { Watch } from './watch.ts';

export { namedFeatures } from './features-option.ts';
export type { About, FeatureValue, Sight, Trait, Watch } from './watch.ts';

/** Every kind of watch. */
export const watches = [
  allZero,
  allDefault,
  missing,
  outOfRange,
  unseenCategory,
  rowMismatch,
  lowConfidence,
  defaultMatch,
  collapse,
  distribution,
] as const;

/** The watch of this name with these options; undefined when there is none or they are not its options. */
export function watchNamed(name: string, options: Readonly<Record<string, unknown>>): Watch | undefined {
  const kind = watches.find((one) => one.name === name);
  return kind === undefined || !Value.Check(kind.options, options) ? undefined : kind.create(options as never);
}
