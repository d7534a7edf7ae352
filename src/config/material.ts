// `material` of a decision: the smallest change that matters, in the unit of its output kind, and what holds without it.
import { parseShare } from '../core/units.ts';
import type { PredictionKind } from '../model.ts';
import { nameOf, type Spot, show } from './shape.ts';

interface MaterialForm {
  /** Null: without an amount it is another label that is material. */
  readonly standard: number | null;
  /** Ends "requires …"; null: no amount may be given. */
  readonly allowed: string | null;
}

const forms: Readonly<Record<PredictionKind, MaterialForm>> = {
  binary: { standard: 0.05, allowed: 'a difference of the score, such as 0.05' },
  classes: { standard: 0.05, allowed: 'a difference of the score, such as 0.05' },
  label: { standard: null, allowed: null },
  regression: { standard: 0.05, allowed: 'a share of the scale, such as 5%' },
  vector: { standard: 0.05, allowed: 'a cosine distance between 0 and 1, such as 0.05' },
  ranking: { standard: null, allowed: 'a distance of rankings between 0 and 1, such as 0.2' },
  text: { standard: null, allowed: 'a distance of texts between 0 and 1, such as 0.2' },
};

/** The amount, or null where another label is what is material; what was refused is null, too. */
export function readMaterial(kind: PredictionKind, { value, path, problems }: Spot): number | null {
  const { standard, allowed } = forms[kind];
  if (value === undefined) return standard;
  if (allowed === null) {
    problems.atKey(path, `${nameOf(path)} has no meaning for a label: material is the same as flip there`);
    return null;
  }
  const read = kind === 'regression' ? shareOf(value) : typeof value === 'number' ? value : Number.NaN;
  if (read > 0 && read < 1) return read;
  problems.at(path, `${nameOf(path)} requires ${allowed}, got ${show(value)}`);
  return null;
}

function shareOf(value: unknown): number {
  try {
    return typeof value === 'string' ? parseShare(value) : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
