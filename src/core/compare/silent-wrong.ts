// silent-wrong: the arm answered ok, in time and unmarked, and materially otherwise than production: nobody would have noticed.
// n = comparable pairs; for a fault only those on which it acted, where that is known, else all. An arm that fails is loud: 0.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';
import { movedMaterially } from './moved-materially.ts';

const options = Type.Object({}, { additionalProperties: false });

export const silentWrong: Kind<typeof options, Metric> = {
  name: 'silent-wrong',
  summary: 'Answered ok, inside the latency SLO, not marked degraded, and materially different from production.',
  options,
  create: () =>
    createMetric({
      name: 'silent-wrong',
      words: 'silent-wrong rate',
      counted: ', of a fault only those on which it acted, where that is known',
      needsDecision: true,
      isAsked: (pair) => pair.arm.faultActed !== false,
      happened(outcome, pair, decision) {
        const isSilent =
          outcome.status === 'ok' && outcome.latencyMs <= pair.sloLatencyMs && outcome.answer?.degraded !== true;
        if (!isSilent) return false;
        const both = predictionsOf(outcome, pair, decision);
        return both === null || decision === null ? null : movedMaterially(decision, both);
      },
    }),
};
