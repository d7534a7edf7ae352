// The flight models' real answers to the recorded requests, and the arms that the calibration makes of them: what the synthetic
// streams of the bars are compared with. Scores are the chance of a late arrival; production is v1.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Random } from '../../src/core/random.ts';
import { loadOnnxModel } from '../../src/io/onnx-model.ts';

interface Row {
  readonly key: string;
  readonly features: readonly number[];
}

export interface Answers {
  readonly flights: number;
  readonly v1: Float64Array;
  readonly v2: Float64Array;
  /** v2 with minutes read as hours. */
  readonly units: Float64Array;
  /** v1 with dep_delay zero, and with every stored feature zero. */
  readonly noDepDelay: Float64Array;
  readonly noStored: Float64Array;
  /** Flights of each airport of origin and carrier, in their order; segments of fewer than 300 flights are left out. */
  readonly segments: readonly (readonly number[])[];
}

const folder = new URL('../../models/', import.meta.url);
const leastFlights = 300;

export async function readAnswers(): Promise<Answers> {
  const rows = gunzipSync(readFileSync(new URL('flight-stream.jsonl.gz', folder)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const card = JSON.parse(readFileSync(new URL('flight-delay-v1.json', folder), 'utf8')) as {
    inputs: { name: string; stored: boolean }[];
  };
  const without = (isGone: (input: { name: string; stored: boolean }) => boolean) =>
    rows.map(({ features }) => features.map((value, at) => (isGone(card.inputs[at] as never) ? 0 : value)));
  const asked = rows.map(({ features }) => features);
  const [v1, noDepDelay, noStored] = await scoresOf('v1', [
    asked,
    without(({ name }) => name === 'dep_delay'),
    without(({ stored }) => stored),
  ]);
  const [v2] = await scoresOf('v2', [asked]);
  const [units] = await scoresOf('v2-units', [asked]);
  return { flights: rows.length, v1, v2, units, noDepDelay, noStored, segments: segmentsOf(rows) } as Answers;
}

async function scoresOf(
  version: string,
  batches: readonly (readonly (readonly number[])[])[],
): Promise<Float64Array[]> {
  const model = await loadOnnxModel(new URL(`flight-delay-${version}.onnx`, folder).pathname);
  const scores: Float64Array[] = [];
  for (const rows of batches) {
    const shape = [rows.length, rows[0]?.length ?? 0];
    const [answer] = await model.run({
      inputs: [{ name: 'features', datatype: 'FP32', shape, data: rows.flat() }],
      outputs: [{ name: 'probabilities' }],
    });
    scores.push(Float64Array.from(rows, (_, row) => answer?.data[2 * row + 1] as number));
  }
  await model.close();
  return scores;
}

/** Keys read 20130701-US1431-EWR-0500: day, carrier and number, origin, time. */
function segmentsOf(rows: readonly Row[]): number[][] {
  const segments = new Map<string, number[]>();
  for (const [flight, { key }] of rows.entries()) {
    const [, carrier = '', origin = ''] = key.split('-');
    const name = `${origin} ${carrier.slice(0, 2)}`;
    segments.set(name, [...(segments.get(name) ?? []), flight]);
  }
  return [...segments.values()].filter((flights) => flights.length >= leastFlights);
}

interface Asked {
  readonly answers: Answers;
  readonly flight: number;
  readonly random: Random;
}

/** What an arm answers to one flight. */
export type Arm = (asked: Asked) => number;

const scoreOf = (scores: Float64Array, flight: number): number => scores[flight] as number;

export const production: Arm = ({ answers, flight }) => scoreOf(answers.v1, flight);
export const v2: Arm = ({ answers, flight }) => scoreOf(answers.v2, flight);
export const units: Arm = ({ answers, flight }) => scoreOf(answers.units, flight);

/** v1 in 8 bits. */
export const rounded: Arm = ({ answers, flight }) => Math.round(255 * scoreOf(answers.v1, flight)) / 255;

/** v1 as a model that does not answer the same twice: normal noise on the logarithm of the odds. */
export function noisy(sd: number, arm: Arm = production): Arm {
  return (asked) => {
    const score = arm(asked);
    return 1 / (1 + ((1 - score) / score) * Math.exp(-sd * asked.random.normal()));
  };
}

/** v1 with features lost on a share of the requests. */
export function losing(scores: 'noDepDelay' | 'noStored', share: number): Arm {
  return ({ answers, flight, random }) => {
    const isLost = random.uniform() < share;
    return scoreOf(isLost ? answers[scores] : answers.v1, flight);
  };
}

/** Flights in the order in which they left, from a random one on, round and round: hours, days and weather stay as they were. */
export function inOrder(random: Random, { flights }: Answers): () => number {
  let flight = Math.floor(random.uniform() * flights) - 1;
  return () => {
    flight = (flight + 1) % flights;
    return flight;
  };
}

export const isLate = (score: number): boolean => score > 0.5;

/** Whether the arm's label differs from production's, as a Bernoulli observation. */
export function flipsOf(arm: Arm, { answers, random }: { answers: Answers; random: Random }): () => 0 | 1 {
  const next = inOrder(random, answers);
  return () => {
    const flight = next();
    return isLate(arm({ answers, flight, random })) === isLate(scoreOf(answers.v1, flight)) ? 0 : 1;
  };
}

/** The share of all flights on which something holds of the arm's answer and production's. */
export function shareOf(
  answers: Answers,
  { arm, random, differs }: { arm: Arm; random: Random; differs: (score: number, production: number) => boolean },
): number {
  let hits = 0;
  for (let flight = 0; flight < answers.flights; flight++) {
    if (differs(arm({ answers, flight, random }), scoreOf(answers.v1, flight))) hits += 1;
  }
  return hits / answers.flights;
}
