// Exchanges from memory: Open Inference requests of 1 KB with answers of 0.3 KB. No two requests ask the same, since equal ones in
// a bucket count once; what production and the arms say of each stands in a table.
import type { AnswerMessage, RawExchange } from '../../../src/model.ts';

const featureCount = 88;
/** The last feature is the request's number, so that every request is another one. */
const digits = 8;
const path = '/v2/models/bench/infer';
const requestHeaders = { 'content-type': 'application/json', 'user-agent': 'bench' };
const answerHeaders = { 'content-type': 'application/json' };

const template = Buffer.from(
  JSON.stringify({
    inputs: [
      {
        name: 'features',
        shape: [1, featureCount],
        datatype: 'FP64',
        data: Array.from({ length: featureCount }, (_, index) =>
          index === featureCount - 1 ? 0.12345678 : Number(((index * 0.6180339887) % 1).toFixed(digits)),
        ),
      },
    ],
  }),
);
const numberAt = template.lastIndexOf('0.12345678') + 2;

export const requestBytes = template.length;

/** How many different answers there are. */
const tableSize = 64;
const scoreOf = (place: number): number => (place * 0.6180339887) % 1;

/** The arm decides otherwise on one in sixty-four, and is a little off to either side on all others. */
const movedScoreOf = (place: number): number =>
  place === 0 ? 1 : Math.min(1, Math.max(0, scoreOf(place) + (place % 2 === 0 ? 0.001 : -0.001)));

export const productionScore = (count: number): number => scoreOf(count % tableSize);
export const shadowScore = (count: number): number => movedScoreOf(count % tableSize);

function answerWith(score: number, version: string): Buffer {
  return Buffer.from(
    JSON.stringify({
      model_name: 'bench',
      model_version: version,
      id: 'f2f0c5c4-6c1e-4e0f-9d0d-0f8f5f1c9a11',
      parameters: { node: 'bench-7d9f8b6c5d-x2x4z', region: 'eu-central-1', took_us: 1234, trace: 'c0ffee'.repeat(8) },
      outputs: [{ name: 'probability', shape: [1, 2], datatype: 'FP64', data: [1 - score, score] }],
    }),
  );
}

const production: readonly AnswerMessage[] = Array.from({ length: tableSize }, (_, place) => ({
  status: 200,
  headers: answerHeaders,
  body: answerWith(scoreOf(place), 'v1'),
}));

const shadow: readonly AnswerMessage[] = Array.from({ length: tableSize }, (_, place) => ({
  status: 200,
  headers: answerHeaders,
  body: answerWith(movedScoreOf(place), 'v2'),
}));

export const answerBytes = production[1]?.body.length ?? 0;

/** The exchange of this number, as if it had just been answered. */
export function exchangeNumbered(count: number, nowMs: number): RawExchange {
  const body = Buffer.from(template);
  body.write(String(count % 10 ** digits).padStart(digits, '0'), numberAt, 'latin1');
  return {
    sourceId: `bench-${count}`,
    arrivedAt: nowMs,
    latencyMs: 3 + (count % 7),
    request: { method: 'POST', path, headers: requestHeaders, body },
    answer: answerIn(production, count),
  };
}

/** So many exchanges, made now: what is asked for afterwards only gets its time. */
export function exchangesFrom(from: number, count: number): (number: number, nowMs: number) => RawExchange {
  const made = Array.from({ length: count }, (_, place) => exchangeNumbered(from + place, 0));
  return (number, nowMs) => ({ ...(made[number - from] as RawExchange), arrivedAt: nowMs });
}

export const productionAnswerTo = (count: number): Uint8Array => answerIn(production, count).body;
export const shadowAnswerNumbered = (count: number): Uint8Array => answerIn(shadow, count).body;

function answerIn(table: readonly AnswerMessage[], count: number): AnswerMessage {
  return table[count % tableSize] as AnswerMessage;
}

/** What an arm answers to a request of these bytes; whoever asks without one hears something. */
export function shadowAnswerTo(body: Uint8Array): AnswerMessage {
  let count = 0;
  for (let at = numberAt; at < numberAt + digits; at++) count = 10 * count + ((body[at] as number) - 48);
  return shadow[count % tableSize] ?? (shadow[0] as AnswerMessage);
}
