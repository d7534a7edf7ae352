// How exchanges are read, in `serve` and in `replay` alike: by the config's protocol, decisions, promise and id.
import type { EffectiveConfig } from '../config/effective.ts';
import { documentOf } from '../io/codecs/request-document.ts';
import type { Codec } from '../io/ports.ts';
import { createFindSegments } from '../pipeline/find-segments.ts';
import { createReadExchange } from '../pipeline/read-exchange.ts';

interface Reading {
  readonly codec: Codec;
  readonly nowMs: () => number;
}

export function readerFor(config: EffectiveConfig, { codec, nowMs }: Reading) {
  const { decisions, experiments, production, segments, idFrom } = config;
  return createReadExchange({
    codec,
    decisions,
    readsBatches: experiments.some(({ rows }) => rows === 'batch'),
    sloLatencyMs: production.sloLatencyMs,
    declaredVersion: production.version,
    findSegments: createFindSegments(segments, documentOf),
    idHeader: idFrom.from === 'header' ? idFrom.name : null,
    nowMs,
  });
}
