// `scale`: comparators that share the exchanges of a Kafka topic, and one judge of their counts. What only one process can do is refused.
import { Type } from 'typebox';
import { formatDuration } from '../core/units.ts';
import { duration, text } from './fields.ts';
import { type KafkaAccess, kafkaAccess, kafkaText, readLogin, requireTopics } from './kafka.ts';
import type { SecretSetting } from './secret-fields.ts';
import { readShape, type Spot } from './shape.ts';

export interface ScaleConfig extends KafkaAccess {
  /** The topic that exchanges come from; its keys are the fingerprints of the model inputs. */
  readonly exchanges: string;
  /** Topics of penumbra's own: what was counted, and what the judge says. One partition each. */
  readonly counts: string;
  readonly control: string;
  /** Of the comparators. */
  readonly group: string;
  /** `beginning`: the first run counts what lies in the topic already. */
  readonly from: 'now' | 'beginning';
  /** How long an exchange may take to reach a topic that is otherwise read to its end. */
  readonly idleMs: number;
}

const scaleSchema = Type.Object(
  {
    ...kafkaAccess,
    exchanges: text('the topic that exchanges come from; keyed by the fingerprint of the model inputs'),
    counts: text('a topic of penumbra’s own, one partition: what comparators counted', { default: 'penumbra-counts' }),
    control: text('a topic of penumbra’s own, one partition: what the judge says', { default: 'penumbra-control' }),
    group: text('the consumer group of the comparators', { default: 'penumbra' }),
    from: Type.Enum(['now', 'beginning'], {
      default: 'now',
      description: 'where the first run begins: with what arrives from now on, or with what lies in the topic already',
    }),
    idle: duration('how long an exchange may take to reach a topic that is otherwise read to its end', {
      default: '5s',
    }),
  },
  { additionalProperties: false },
);

/** Null when it was reported. */
export function readScale(spot: Spot, setting: SecretSetting): ScaleConfig | null {
  const before = spot.problems.count();
  const shape = readShape(scaleSchema, spot);
  if (shape === null) return null;
  const { exchanges, counts, control } = shape;
  requireTopics(spot, { exchanges, counts, control });
  const login = readLogin(spot, setting);
  if (new Set([exchanges, counts, control]).size < 3)
    spot.problems.atKey(spot.path, 'scale requires three topics: exchanges, counts and control cannot be the same');
  if (spot.problems.count() > before) return null;
  const { idle, ...rest } = shape;
  return { ...rest, ...login, idleMs: idle };
}

/** In the config's own words. */
export function scaleText({ idleMs, ...scale }: ScaleConfig): object {
  return { ...kafkaText(scale), idle: formatDuration(idleMs) };
}
