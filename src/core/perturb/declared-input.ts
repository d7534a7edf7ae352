// A declared input with what perturbations may know of it besides name and place: its group, its spread, the length of a
// vector, the values of an older version. All of it is optional, so that every plain InputFeature is one.
import type { InputFeature, TensorValue } from '../../model.ts';

export interface DeclaredInput extends InputFeature {
  /** Features that belong together are chosen together, as `group weather`. */
  readonly group?: string;
  /** Standard deviation of its ordinary values, in its own unit. */
  readonly spread?: number;
  /** How many values one row holds: the length of a vector. Needed only where the shape does not say it. */
  readonly size?: number;
  readonly older?: OlderValues;
}

/** What an older version of a feature held, by entity. */
export interface OlderValues {
  /** Where it was read from, for messages. */
  readonly file: string;
  /** The declared input whose value names the entity. */
  readonly key: string;
  readonly sha256: string;
  /** One row of values per entity: a vector, or a single value. */
  readonly values: ReadonlyMap<string, readonly TensorValue[]>;
}
