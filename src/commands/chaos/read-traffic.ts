// The requests that a suite asks: rows of features made into inference calls, or the calls of a recording. Only requests are taken:
// what production once answered is of no interest, since every version is compared with its own answers.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import type { RecordedTraffic } from '../../config/chaos-config.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import { stringifyJson } from '../../io/json.ts';
import type { Codec } from '../../io/ports.ts';
import { readExchangeFile } from '../../io/sources/exchange-file.ts';
import type { ModelRequest, RequestMessage } from '../../model.ts';

export interface Asked {
  readonly id: string;
  readonly arrivedAt: number;
  readonly request: ModelRequest;
  readonly message: RequestMessage;
}

/** When rows begin to arrive, by their own clock: any fixed moment, so that two runs are alike. */
const rowsBeginAt = Date.UTC(2026, 0, 1);

/** The first requests of the traffic. @throws PenumbraError RECORDING_INVALID when there is none, or a row is none */
export async function readTraffic(
  traffic: RecordedTraffic,
  { config, codec }: { readonly config: EffectiveConfig; readonly codec: Codec },
): Promise<readonly Asked[]> {
  const asked = traffic.type === 'rows' ? await readRows(traffic, config) : await readRecording(traffic, codec);
  if (asked.length > 0) return asked;
  throw new PenumbraError('RECORDING_INVALID', `${traffic.file} holds no request`, traffic.file);
}

async function readRecording({ file, requests }: RecordedTraffic, codec: Codec): Promise<Asked[]> {
  const asked: Asked[] = [];
  for await (const { exchange, line } of readExchangeFile(file)) {
    if (exchange === null || !codec.isInference(exchange.request)) continue;
    const request = decoded(codec, exchange.request);
    if (request === null) continue;
    const id = exchange.givenId ?? `line-${line}`;
    asked.push({ id, arrivedAt: Math.floor(exchange.arrivedAt), request, message: exchange.request });
    if (asked.length === requests) break;
  }
  return asked;
}

function decoded(codec: Codec, message: RequestMessage): ModelRequest | null {
  try {
    return codec.decodeRequest(message);
  } catch {
    return null;
  }
}

async function readRows({ file, requests, perSecond }: RecordedTraffic, config: EffectiveConfig): Promise<Asked[]> {
  const [tensor, width] = tensorOf(config);
  const path = `/v2/models/${encodeURIComponent(config.service)}/infer`;
  const asked: Asked[] = [];
  try {
    const bytes = createReadStream(file);
    const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
    bytes.on('error', (cause) => input.destroy(cause));
    for await (const line of createInterface({ input })) {
      if (line.trim() === '') continue;
      const { key, features } = rowOf(line, width);
      const inputs = [{ name: tensor, shape: [1, width], datatype: 'FP32' as const, data: features }];
      const message = {
        method: 'POST',
        path,
        headers: { 'content-type': 'application/json' },
        body: Buffer.from(stringifyJson({ inputs })),
      };
      const arrivedAt = rowsBeginAt + Math.round((asked.length * 1000) / perSecond);
      asked.push({ id: `${key}#${asked.length + 1}`, arrivedAt, request: { inputs }, message });
      if (asked.length === requests) break;
    }
    bytes.destroy();
  } catch (thrown) {
    const place = `row ${asked.length + 1} of ${file}`;
    throw new PenumbraError('RECORDING_INVALID', `${place} cannot be read: ${messageOf(thrown)}`, file);
  }
  return asked;
}

/** The one tensor whose columns the inputs are, and how many there are. */
function tensorOf({ inputs }: EffectiveConfig): readonly [string, number] {
  const [first] = inputs;
  const isOne = inputs.every(({ tensor, index }) => tensor === first?.tensor && index !== null);
  if (first === undefined || !isOne) {
    throw new PenumbraError('CONFIG_INVALID', 'rows requires inputs that are the columns of one tensor; use recording');
  }
  return [first.tensor, Math.max(...inputs.map(({ index }) => index ?? 0)) + 1];
}

function rowOf(line: string, width: number): { readonly key: string; readonly features: readonly number[] } {
  const { key, features } = JSON.parse(line) as { key?: unknown; features?: unknown };
  if (!Array.isArray(features) || features.length !== width || !features.every((value) => typeof value === 'number')) {
    throw new Error(`"features" requires ${width} numbers, as many as there are inputs`);
  }
  return { key: typeof key === 'string' ? key : 'row', features };
}
