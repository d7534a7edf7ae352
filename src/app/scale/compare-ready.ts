// Whether a comparator among others does its work, in words when it does not: connected, heard by the judge, partitions in hand, moving.
import type { CompareState } from './compare.ts';

const answeredWithinMs = 10_000;
const judgeWithinMs = 5000;
/** As long as the watchdog waits. */
const progressWithinMs = 30_000;

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** Empty when it is ready. */
export function whyNotReady(state: CompareState): readonly string[] {
  return [...aboutKafka(state), ...aboutJudge(state), ...aboutPartitions(state)];
}

function aboutKafka({ answeredAgoMs }: CompareState): readonly string[] {
  if (answeredAgoMs === null) return ['Kafka has not answered yet'];
  return answeredAgoMs > answeredWithinMs ? [`Kafka has not answered for ${seconds(answeredAgoMs)}`] : [];
}

function aboutJudge({ judgeSilentMs, waitsFor }: CompareState): readonly string[] {
  if (judgeSilentMs === null) return ['no judge has been heard yet: is penumbra serve --role judge running?'];
  if (judgeSilentMs > judgeWithinMs) return [`the judge has not been heard for ${seconds(judgeSilentMs)}`];
  return waitsFor === 'config' ? ['the judge reads exchanges by another config'] : [];
}

function aboutPartitions({ partitions, lag, waitsFor, progressAgoMs }: CompareState): readonly string[] {
  if (partitions === 0) return ['it holds no partition: it is joining, or there are more comparators than partitions'];
  const mayWait = waitsFor === 'kill switch' || waitsFor === 'run' || lag === null || lag === 0;
  if (mayWait || progressAgoMs <= progressWithinMs) return [];
  return [`${lag} records wait and none was taken for ${seconds(progressAgoMs)}`];
}
