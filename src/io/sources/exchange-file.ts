// A recording: JSON lines, each one exchange in the form of POST /v1/exchanges' body, or a capture of GoReplay; gzip when the name ends in
// .gz. What cannot be used is handed over with its line and the reason, and everything after it is read on.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, PenumbraError } from '../../errors.ts';
import { readGoReplay } from './goreplay-file.ts';
import { looksLikeGoReplay } from './goreplay-record.ts';
import { readRecordedExchange } from './recorded-exchange.ts';
import type { RecordedLine } from './recorded-line.ts';
import { splitStream } from './split-stream.ts';

export const recordingFormats = ['goreplay', 'jsonl'] as const;
export type RecordingFormat = (typeof recordingFormats)[number];

export interface ExchangeFileOptions {
  /** Null: by how it begins, else by the file's name. */
  readonly format?: RecordingFormat | null;
  /** Longer lines or records are problems and are never held in memory; two messages of the largest size that is decoded by default. */
  readonly maxLineBytes?: number;
  /** Told of every record that only says what was answered to a replay. */
  readonly onReplayed?: () => void;
}

const standardMaxLineBytes = 9 * 1024 * 1024;

/**
 * The file's exchanges and problems in its order; empty lines are passed over. A file that breaks off (gzip cut short, disk error) ends
 * with one problem after what could be read.
 * @throws PenumbraError RECORDING_INVALID when nothing of the file can be read
 */
export async function* readExchangeFile(
  file: string,
  { format = null, maxLineBytes = standardMaxLineBytes, onReplayed = () => {} }: ExchangeFileOptions = {},
): AsyncGenerator<RecordedLine> {
  const { start, chunks } = await open(file);
  const found = format ?? formatOf(file, start);
  if (found === 'goreplay') yield* readGoReplay(chunks, { maxRecordBytes: maxLineBytes, onReplayed });
  else yield* readJsonLines(chunks, maxLineBytes);
}

/** How many lines `readExchangeFile` will hand over. Reads the whole file. @throws PenumbraError RECORDING_INVALID */
export async function countExchangeLines(file: string, options: ExchangeFileOptions = {}): Promise<number> {
  const { maxLineBytes: maxBytes = standardMaxLineBytes } = options;
  const { start, chunks } = await open(file);
  let count = 0;
  if ((options.format ?? formatOf(file, start)) === 'goreplay') {
    for await (const _line of readGoReplay(chunks, { maxRecordBytes: maxBytes, onReplayed: () => {} })) count += 1;
    return count;
  }
  for await (const { bytes, problem } of splitStream(chunks, { separator: newline, maxBytes, what: 'line' })) {
    if (problem !== null || !isBlank(bytes)) count += 1;
  }
  return count;
}

const newline = Buffer.from('\n');

async function* readJsonLines(chunks: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<RecordedLine> {
  for await (const { line, bytes, problem } of splitStream(chunks, { separator: newline, maxBytes, what: 'line' })) {
    if (problem !== null) yield { line, exchange: null, problem: problem.text, reason: problem.reason };
    else if (!isBlank(bytes)) yield readLine(line, bytes, maxBytes);
  }
}

function readLine(line: number, bytes: Uint8Array, maxBytes: number): RecordedLine {
  try {
    const exchange = readRecordedExchange(bytes, { sourceId: `line-${line}`, maxBytes });
    return { line, exchange, problem: null };
  } catch (thrown) {
    return { line, exchange: null, problem: messageOf(thrown), reason: 'malformed' };
  }
}

function formatOf(file: string, start: Buffer): RecordingFormat {
  const opensObject = start.toString('latin1').trimStart().startsWith('{');
  return looksLikeGoReplay(start) || (/\.gor(\.gz)?$/i.test(file) && !opensObject) ? 'goreplay' : 'jsonl';
}

/** Enough to tell the formats apart. */
const startBytes = 200;

/** The file's bytes, and how they begin. @throws PenumbraError RECORDING_INVALID */
async function open(file: string): Promise<{ readonly start: Buffer; readonly chunks: AsyncIterable<Buffer> }> {
  const chunks = chunksOf(file)[Symbol.asyncIterator]();
  let start: Buffer = Buffer.alloc(0);
  try {
    while (start.length < startBytes) {
      const next = await chunks.next();
      if (next.done === true) break;
      start = Buffer.concat([start, next.value]);
    }
  } catch (thrown) {
    if (start.length > 0) return { start, chunks: broken(start, thrown) };
    throw new PenumbraError('RECORDING_INVALID', `the recording ${file} cannot be read: ${messageOf(thrown)}`, file);
  }
  return { start, chunks: joined(start, chunks) };
}

/** Whoever stops reading closes the file. */
async function* joined(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

async function* broken(start: Buffer, thrown: unknown): AsyncGenerator<Buffer> {
  yield start;
  throw thrown;
}

function chunksOf(file: string): AsyncIterable<Buffer> {
  const bytes = createReadStream(file);
  // Whoever iterates is told about failures by the stream itself.
  return file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
