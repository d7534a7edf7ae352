// The judge's part of a comparator that asks no arm itself.

import type { EffectiveConfig } from '../../config/effective.ts';
import { hashOf } from '../../config/hashes.ts';
import type { ScaleConfig } from '../../config/scale.ts';
import type { KafkaLog } from '../../io/kafka/port.ts';
import type { Target } from '../../io/ports.ts';
import type { Leadership } from './election.ts';
import { createJudge, type Judge, type JudgeDeps } from './judge.ts';

const alone: Leadership = { term: () => 0, mayAct: () => true, former: () => null };

/** What makes a comparator the judge of others. */
export interface JudgeOptions {
  readonly kafka: KafkaLog;
  readonly scale: ScaleConfig;
  readonly onBroken: (why: string) => void;
  /** Unless given, it is certain that no other judge is there. */
  readonly leadership?: Leadership;
}

export function openJudge(
  options: JudgeOptions | undefined,
  parts: Omit<JudgeDeps, keyof JudgeOptions | 'reading'> & { readonly config: EffectiveConfig },
): Judge | null {
  if (options === undefined) return null;
  return createJudge({ leadership: alone, ...parts, ...options, reading: readingOf(parts.config) });
}

/** Of everything that says how an exchange is read: comparators and judge must agree. */
export function readingOf(config: EffectiveConfig): string {
  const { production, decisions, inputs, segments, idFrom, samples } = config;
  return hashOf({ production, decisions, inputs, segments, idFrom, samples });
}

/** The judge's arms are asked elsewhere. */
export function createAbsentTarget(name: string): Target {
  return {
    name,
    inProcess: false,
    ready: async () => ({ version: null }),
    call: async () => ({ status: 'unavailable', reason: 'asked_elsewhere', latencyMs: 0, answer: null }),
    close: async () => {},
  };
}
