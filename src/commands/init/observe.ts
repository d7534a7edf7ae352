// What recorded requests show of every column of every tensor: its reach, its middle, and whether 0 is one of its ordinary values.
import { codecs } from '../../io/codecs/index.ts';
import { openInferenceV2 } from '../../io/codecs/open-inference-v2.ts';
import { readExchangeFile } from '../../io/sources/exchange-file.ts';
import type { Tensor } from '../../model.ts';

/** Of one column, over all rows that were read. */
export interface Column {
  readonly count: number;
  readonly zeros: number;
  readonly min: number;
  readonly max: number;
  readonly median: number;
  readonly isWhole: boolean;
}

export interface Observed {
  readonly exchanges: number;
  readonly unreadable: number;
  readonly p99LatencyMs: number | null;
  /** By "tensor[column]"; numbers only. */
  readonly inputs: ReadonlyMap<string, Column>;
  readonly outputs: ReadonlyMap<string, Column>;
  /** Columns of a tensor in the first exchange that held it. */
  readonly widths: ReadonlyMap<string, number>;
  readonly model: string | null;
}

const mostExchanges = 5000;
/** A vector of more columns is one thing, not many features. */
export const mostColumns = 64;

/** @throws PenumbraError RECORDING_INVALID when the file cannot be read */
export async function observe(file: string): Promise<Observed> {
  // By its name from the list, where every codec understands compressed bodies, too.
  const codec = (codecs.find(({ name }) => name === openInferenceV2.name) ?? openInferenceV2).create({});
  const [inputs, outputs] = [new Map<string, number[]>(), new Map<string, number[]>()];
  const widths = new Map<string, number>();
  const latencies: number[] = [];
  let [unreadable, model]: [number, string | null] = [0, null];
  for await (const { exchange } of readExchangeFile(file)) {
    if (latencies.length >= mostExchanges) break;
    try {
      if (exchange === null || !codec.isInference(exchange.request)) throw new Error('not an inference call');
      const request = codec.decodeRequest(exchange.request);
      const answer = codec.decodeAnswer(exchange.answer);
      for (const tensor of request.inputs) gather(tensor, { into: inputs, widths });
      for (const tensor of answer.outputs) gather(tensor, { into: outputs, widths });
      model ??= codec.modelOf(exchange.request);
      latencies.push(exchange.latencyMs);
    } catch {
      unreadable += 1;
    }
  }
  latencies.sort((one, other) => one - other);
  return {
    exchanges: latencies.length,
    unreadable,
    p99LatencyMs: latencies[Math.floor(0.99 * latencies.length)] ?? null,
    inputs: columnsOf(inputs),
    outputs: columnsOf(outputs),
    widths,
    model,
  };
}

function gather(tensor: Tensor, { into, widths }: { into: Map<string, number[]>; widths: Map<string, number> }): void {
  const { name, shape, data } = tensor;
  const width = shape.length < 2 ? 1 : shape.slice(1).reduce((product, length) => product * length, 1);
  widths.set(name, widths.get(name) ?? width);
  if (width > mostColumns) return;
  for (const [index, value] of data.entries()) {
    if (typeof value !== 'number' || !Number.isFinite(value)) continue;
    const column = `${name}[${index % width}]`;
    const values = into.get(column) ?? [];
    values.push(value);
    into.set(column, values);
  }
}

function columnsOf(values: ReadonlyMap<string, readonly number[]>): ReadonlyMap<string, Column> {
  return new Map([...values].map(([name, column]) => [name, columnOf(column)]));
}

function columnOf(values: readonly number[]): Column {
  const sorted = [...values].sort((one, other) => one - other);
  return {
    count: sorted.length,
    zeros: sorted.filter((value) => value === 0).length,
    min: sorted[0] as number,
    max: sorted.at(-1) as number,
    median: sorted[Math.floor(sorted.length / 2)] as number,
    isWhole: sorted.every(Number.isInteger),
  };
}
