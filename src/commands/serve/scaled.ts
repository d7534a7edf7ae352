// `serve` on Kafka: one role of many comparators and one judge, or both in one process.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { openKafkaOf } from '../../app/open-kafka.ts';
import type { Compare } from '../../app/scale/compare.ts';
import { createElection, type Election } from '../../app/scale/election.ts';
import { type OpenCompare, openCompare } from '../../app/scale/open-compare.ts';
import type { JudgeOptions } from '../../app/scale/open-judge.ts';
import { ensureOwnTopics, warnOfProducersTime } from '../../app/scale/own-topics.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { ScaleConfig } from '../../config/scale.ts';
import { PenumbraError } from '../../errors.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';

export const roles = ['all', 'compare', 'judge'] as const;
export type Role = (typeof roles)[number];

export interface Scaled {
  /** Null for a comparator that judges nothing. */
  readonly judges: JudgeOptions | null;
  readonly election: Election | null;
  /** Null for a judge that compares nothing. */
  readonly compare: Compare | null;
  /** Opens the topics; rejects with words when the exchanges topic is not there. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export interface OpenScaled extends Pick<OpenCompare, 'clock' | 'log' | 'env'> {
  readonly config: EffectiveConfig;
  readonly role: Role;
  readonly onBroken: (why: string) => void;
  /** Another judge leads now. */
  readonly onDeposed: (by: string) => void;
}

/** Null where the config says nothing of scale. @throws PenumbraError USAGE for a role that needs it, CONFIG_INVALID for a secret that is not there */
export function openScaled({ config, role, onBroken, onDeposed, ...rest }: OpenScaled): Scaled | null {
  const { scale } = config;
  if (scale === undefined) {
    if (role === 'all') return null;
    throw new PenumbraError('USAGE', `--role ${role} requires scale in the config: {brokers: […], exchanges: TOPIC}`);
  }
  const member = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  const kafka = openKafkaOf(scale, { ...rest, where: 'scale', clientId: `penumbra-${member}` });
  const topic = scale.control;
  const election =
    role === 'compare' ? null : createElection({ ...rest, kafka, topic, judge: member, onDeposed, onBroken });
  return {
    election,
    judges: election && { kafka, scale, onBroken, leadership: election },
    compare: role === 'judge' ? null : openCompare({ ...rest, config, scale, kafka, member }),
    start: async () => {
      await requireTopics(kafka, scale);
      await warnOfProducersTime(kafka, { topic: scale.exchanges, log: rest.log });
    },
    stop: async () => {
      await election?.stop().catch(() => {});
      await kafka.close();
    },
  };
}

async function requireTopics(kafka: KafkaLog, scale: ScaleConfig): Promise<void> {
  await ensureOwnTopics(kafka, scale);
  const { exchanges } = scale;
  const known = await kafka.boundsOf(exchanges).catch(() => new Map());
  if (known.size > 0) return;
  throw new PenumbraError(
    'KAFKA_REFUSED',
    `the topic ${exchanges} (scale.exchanges) does not exist: make it first, with as many partitions as there will ever be comparators`,
  );
}
