// The recorded flights and what the real models answer to them, in batches: the raw material of every stream.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { loadOnnxModel, type OnnxModel } from '../../../src/io/onnx-model.ts';
import type { ModelRequest } from '../../../src/model.ts';

export const modelsFolder = resolve(import.meta.dirname, '../../../models');

export type ModelName = 'v1' | 'v2' | 'v2-units';

/** One input column, as the model's card declares it. */
export interface Column {
  readonly name: string;
  readonly stored: boolean;
  readonly range: readonly [number, number];
}

export interface Flights {
  readonly columns: readonly Column[];
  /** One row a flight, in the order in which they were scheduled. */
  readonly rows: readonly (readonly number[])[];
}

export async function readFlights(): Promise<Flights> {
  const card = JSON.parse(await readFile(resolve(modelsFolder, 'flight-delay-v1.json'), 'utf8')) as {
    inputs: Column[];
  };
  const packed = await readFile(resolve(modelsFolder, 'flight-stream.jsonl.gz'));
  const lines = gunzipSync(packed).toString('utf8').trimEnd().split('\n');
  const rows = lines.map((line) => (JSON.parse(line) as { features: number[] }).features);
  return { columns: card.inputs, rows };
}

const batchRows = 2000;

/** The model's probability of late for every row. */
export async function scoresOf(name: ModelName, rows: Flights['rows']): Promise<Float64Array> {
  const model = await loadOnnxModel(resolve(modelsFolder, `flight-delay-${name}.onnx`));
  const scores = new Float64Array(rows.length);
  for (let from = 0; from < rows.length; from += batchRows) {
    scores.set(await batchScores(model, rows.slice(from, from + batchRows)), from);
  }
  await model.close();
  return scores;
}

async function batchScores(model: OnnxModel, rows: Flights['rows']): Promise<number[]> {
  const width = rows[0]?.length ?? 0;
  const features = { name: 'features', datatype: 'FP32', shape: [rows.length, width], data: rows.flat() } as const;
  const [probabilities] = await model.run({ inputs: [features], outputs: [{ name: 'probabilities' }] } as ModelRequest);
  // Two columns a row: on time, late.
  return (probabilities?.data ?? []).filter((_, place) => place % 2 === 1) as number[];
}
