// The one anatomy of every pluggable kind (perturbation, metric, statistic, codec, source, target, sink, fault):
// a name, a sentence, a schema of options and a constructor. The schema validates config and prints the README tables.
import type { Static, TObject } from 'typebox';

export interface Kind<Options extends TObject, Made> {
  /** The `type:` (or key) people write in a config. */
  readonly name: string;
  /** One sentence for `--help`, `validate` and the README. */
  readonly summary: string;
  readonly options: Options;
  create(options: Static<Options>): Made;
}
