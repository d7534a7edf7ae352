// What an expectation may say besides its limits: whether it is required, who hears of it, and the relation `loud` with its `minActed`.
import { type Static, Type } from 'typebox';
import { standardNotify } from '../core/judge/notify.ts';
import type { Notify } from '../model.ts';
import type { Subject } from './metric-limit.ts';
import { childOf, isRecord, readShape, type Spot, show } from './shape.ts';
import { whyNotLoud } from './soundness.ts';

const schema = Type.Object({
  required: Type.Boolean({
    default: true,
    description: 'false: shown, but neither gate nor run waits for it; the default per segment',
  }),
  notify: Type.Optional(
    Type.Enum(['page', 'ticket', 'none'], {
      description: 'how grave its alert is; of a fault a ticket, of all else a page; none raises no alert',
    }),
  ),
  relation: Type.Optional(Type.Unknown({ description: 'loud: a fault must show itself' })),
  minActed: Type.Integer({ minimum: 1, default: 200, description: 'loud: fewest requests with and without the fault' }),
});

export const optionKeys: readonly string[] = Object.keys(schema.properties);

export interface ExpectationOptions {
  readonly isLoud: boolean;
  readonly required: boolean;
  readonly minActed: number;
  readonly notify: Notify;
}

/** Null when something was reported. `names` are the metrics of the entry. */
export function readExpectationOptions(
  spot: Spot,
  { names, subject }: { names: readonly string[]; subject: Subject },
): ExpectationOptions | null {
  const { problems } = spot;
  const before = problems.count();
  const shape: Static<typeof schema> | null = readShape(schema, spot);
  const relation = childOf(spot, 'relation');
  const isLoud = relation.value === 'loud';
  if (relation.value !== undefined && !isLoud) {
    problems.at(
      relation.path,
      `relation may be loud, got ${show(relation.value)}; bounded, invariant and sensitive are said by the limit: "at most", "practically none", "at least"`,
    );
  }
  const limits = names.map((name) => childOf(spot, name).value);
  const unsound = isLoud && subject.arm ? whyNotLoud(subject.arm, { ...subject, metrics: names, limits }) : null;
  if (unsound) problems.at(relation.path, unsound);
  if (isRecord(spot.value) && 'minActed' in spot.value && !isLoud) {
    problems.atKey([...spot.path, 'minActed'], 'minActed is for relation: loud');
  }
  if (isLoud && subject.segmentation !== null) {
    problems.at(relation.path, 'relation: loud is judged over all requests, not per segment');
  }
  if (!shape || problems.count() > before) return null;
  // A segment that hardly anybody is in would keep a gate waiting for ever: that must be asked for.
  const isSaid = isRecord(spot.value) && 'required' in spot.value;
  const required = isSaid || subject.segmentation === null ? shape.required : false;
  const notify = shape.notify ?? standardNotify(subject.arm?.role);
  return { isLoud, required, minActed: shape.minActed, notify };
}
