// Recordings for tests: real rows with the answers that a real model gives to them, one exchange a line, evenly spaced in time.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readRows } from '../../src/commands/demo/traffic.ts';
import { stringifyJson } from '../../src/io/json.ts';
import { createOnnxTarget } from '../../src/io/targets/onnx.ts';

export const models = join(import.meta.dirname, '../../models');
export const recordedFrom = Date.parse('2026-03-01T08:00:00Z');

export interface RecordingOptions {
  readonly rows: number;
  readonly perSecond: number;
  /** The model that answered as production. */
  readonly model?: string;
  readonly latencyMs?: number;
}

/** The lines of a recording, in order. */
export async function recordLines(options: RecordingOptions): Promise<string[]> {
  const { rows, perSecond, model = 'flight-delay-v1', latencyMs = 12 } = options;
  const production = createOnnxTarget({ file: join(models, `${model}.onnx`) });
  const lines: string[] = [];
  for (const [index, { key, features }] of (await readRows(join(models, 'flight-stream.jsonl.gz'), rows)).entries()) {
    const inputs = [{ name: 'features', shape: [1, features.length], datatype: 'FP32' as const, data: features }];
    const { answer } = await production.call({
      request: { inputs },
      message: { method: 'POST', path: '/', headers: {}, body: new Uint8Array(0) },
      perturbed: false,
      headers: {},
      deadlineMs: 10_000,
      signal: new AbortController().signal,
    });
    lines.push(
      stringifyJson({
        id: `${key}#${index}`,
        arrivedAt: recordedFrom + Math.round((index * 1000) / perSecond),
        latencyMs,
        request: { path: '/v2/models/flight-delay/infer', body: { inputs } },
        answer: {
          status: 200,
          body: { model_name: 'flight-delay', model_version: answer?.modelVersion, outputs: answer?.outputs },
        },
      }),
    );
  }
  await production.close();
  return lines;
}

/** Writes a file of lines, gzip when its name ends in .gz. */
export function writeRecording(file: string, lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('');
  writeFileSync(file, file.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}
