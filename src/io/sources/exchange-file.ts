// A recording: JSON lines, each one exchange in the form of POST /v1/exchanges' body; gzip when the name ends in .gz.
// A line that cannot be used is handed over with its number and the reason, and the lines after it are read on.
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { RawExchange } from '../../model.ts';
import { readRecordedExchange } from './recorded-exchange.ts';

export type RecordedLine =
  | { readonly line: number; readonly exchange: RawExchange; readonly problem: null }
  | { readonly line: number; readonly exchange: null; readonly problem: string };

export interface ExchangeFileOptions {
  /** Longer lines are problems and are never held in memory; two messages of the largest size that is decoded by default. */
  readonly maxLineBytes?: number;
}

const standardMaxLineBytes = 9 * 1024 * 1024;

/**
 * The file's exchanges and problems in its order; empty lines are passed over. A file that breaks off (gzip cut short, disk error) ends
 * with one problem after what could be read.
 * @throws PenumbraError RECORDING_INVALID when nothing of the file can be read
 */
export async function* readExchangeFile(
  file: string,
  { maxLineBytes = standardMaxLineBytes }: ExchangeFileOptions = {},
): AsyncGenerator<RecordedLine> {
  for await (const { line, bytes, problem } of linesOf(file, maxLineBytes)) {
    if (problem !== null) yield { line, exchange: null, problem };
    else if (!isBlank(bytes)) yield readLine(line, bytes, maxLineBytes);
  }
}

/** How many lines `readExchangeFile` will hand over. Reads the whole file. @throws PenumbraError RECORDING_INVALID */
export async function countExchangeLines(
  file: string,
  { maxLineBytes = standardMaxLineBytes }: ExchangeFileOptions = {},
): Promise<number> {
  let count = 0;
  for await (const { bytes, problem } of linesOf(file, maxLineBytes)) {
    if (problem !== null || !isBlank(bytes)) count += 1;
  }
  return count;
}

function readLine(line: number, bytes: Uint8Array, maxBytes: number): RecordedLine {
  try {
    const exchange = readRecordedExchange(bytes, { sourceId: `line-${line}`, maxBytes });
    return { line, exchange, problem: null };
  } catch (thrown) {
    return { line, exchange: null, problem: messageOf(thrown) };
  }
}

interface Line {
  readonly line: number;
  readonly bytes: Uint8Array;
  readonly problem: string | null;
}

const newline = 10;
const nothing = new Uint8Array(0);

/** Splits at newlines; of a line beyond the limit nothing is kept but the fact. */
async function* linesOf(file: string, maxLineBytes: number): AsyncGenerator<Line> {
  let line = 0;
  let parts: Buffer[] = [];
  let size = 0;
  const take = (part: Buffer): void => {
    size += part.length;
    if (size > maxLineBytes) parts = [];
    else if (part.length > 0) parts.push(part);
  };
  const end = (): Line => {
    line += 1;
    const isTooLong = size > maxLineBytes;
    const problem = isTooLong ? `a line requires at most ${maxLineBytes} bytes, not ${size}` : null;
    const ended = { line, bytes: isTooLong ? nothing : Buffer.concat(parts), problem };
    parts = [];
    size = 0;
    return ended;
  };
  let isReadable = false;
  try {
    for await (const chunk of chunksOf(file)) {
      isReadable = true;
      let from = 0;
      for (let to = chunk.indexOf(newline); to >= 0; to = chunk.indexOf(newline, from)) {
        take(chunk.subarray(from, to));
        yield end();
        from = to + 1;
      }
      take(chunk.subarray(from));
    }
  } catch (thrown) {
    if (!isReadable) {
      throw new PenumbraError('RECORDING_INVALID', `the recording ${file} cannot be read: ${messageOf(thrown)}`, file);
    }
    yield { line: line + 1, bytes: nothing, problem: `the file breaks off here: ${messageOf(thrown)}` };
    return;
  }
  if (size > 0) yield end();
}

function chunksOf(file: string): AsyncIterable<Buffer> {
  const bytes = createReadStream(file);
  // Whoever iterates is told about failures by the stream itself.
  return file.endsWith('.gz') ? pipeline(bytes, createGunzip(), () => {}) : bytes;
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
