// What is posted to a source: one JSON document, or one a line (NDJSON). Of lines each has its own answer: a bad one says what is wrong
// with it and costs its neighbours nothing.
import { type TSchema, Type } from 'typebox';
import type { Validator } from 'typebox/compile';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { RequestMessage } from '../../model.ts';
import { parseJson } from '../json.ts';
import type { RouteAnswer, SourceRoute } from '../ports.ts';

const jsonType = 'application/json';
const linesType = 'application/x-ndjson';
/** Two messages of the largest size that is ever decoded, with their envelope. */
export const maxDocumentBytes = 9 * 1024 * 1024;
/** Of all lines together. */
const maxLinesBytes = 32 * 1024 * 1024;
/** What has more is refused whole, before anything of it was taken. */
const maxLines = 10_000;
/** After so many lines everybody else has a turn. */
const linesPerTurn = 50;

/** What a route takes that is fed so. */
export function postedBodies(document: TSchema): SourceRoute['bodies'] {
  return {
    [jsonType]: { schema: document, maxBytes: maxDocumentBytes },
    [linesType]: { schema: Type.String({ description: 'one such document a line' }), maxBytes: maxLinesBytes },
  };
}

/** What became of one document; `settled` resolves once `result` may be asked. */
export interface Posted {
  readonly settled: Promise<void>;
  readonly result: () => object;
}

export interface PostTaker<Document> {
  /** @throws PenumbraError for what is no such document */
  read(value: unknown): Document;
  /** @throws PenumbraError for one that is not wanted */
  take(document: Document): Posted;
  /** Hears of each document that could not be read. */
  onMalformed(): void;
}

/** @throws PenumbraError of a single document, and for more lines than are taken at once */
export async function takePosted<Document>(message: RequestMessage, taker: PostTaker<Document>): Promise<RouteAnswer> {
  const takeOne = (bytes: Uint8Array): Posted => {
    let document: Document;
    try {
      document = taker.read(parseJson(bytes, { maxBytes: maxDocumentBytes }));
    } catch (thrown) {
      taker.onMalformed();
      throw thrown;
    }
    return taker.take(document);
  };
  if (!isLines(message)) {
    const posted = takeOne(message.body);
    await posted.settled;
    return { status: 202, body: posted.result() };
  }
  const results = await takeLines(linesOf(message.body), takeOne);
  const rejected = results.filter((one) => 'error' in one).length;
  return { status: 202, body: { accepted: results.length - rejected, rejected, lines: results } };
}

function isLines({ headers }: RequestMessage): boolean {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === linesType;
}

interface Line {
  readonly line: number;
  readonly bytes: Uint8Array;
}

type TakeOne = (bytes: Uint8Array) => Posted;

async function takeLines(lines: readonly Line[], take: TakeOne): Promise<object[]> {
  const posted: { line: number; one: Posted | PenumbraError }[] = [];
  for (const { line, bytes } of lines) {
    if (posted.length % linesPerTurn === linesPerTurn - 1) await new Promise((resume) => setImmediate(resume));
    posted.push({ line, one: takeLine(bytes, take) });
  }
  const results: object[] = [];
  for (const { line, one } of posted) {
    if (!(one instanceof PenumbraError)) await one.settled;
    results.push({ line, ...(one instanceof PenumbraError ? errorOf(one) : one.result()) });
  }
  return results;
}

function takeLine(bytes: Uint8Array, take: TakeOne): Posted | PenumbraError {
  try {
    return take(bytes);
  } catch (thrown) {
    return thrown instanceof PenumbraError ? thrown : new PenumbraError('INTERNAL', messageOf(thrown));
  }
}

function errorOf({ code, message, where }: PenumbraError): object {
  return { error: { code, message, ...(where === null ? {} : { where }) } };
}

/** Empty lines are passed over, and counted as lines. @throws PenumbraError BODY_TOO_LARGE */
function linesOf(body: Uint8Array): Line[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const lines: Line[] = [];
  for (let at = 0, line = 1; at < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, at);
    const end = newline === -1 ? bytes.length : newline;
    if (!isBlank(bytes, { at, end })) lines.push({ line, bytes: bytes.subarray(at, end) });
    if (lines.length > maxLines)
      throw new PenumbraError('BODY_TOO_LARGE', `a body of lines requires at most ${maxLines} of them at once`);
    at = end + 1;
  }
  return lines;
}

function isBlank(bytes: Buffer, { at, end }: { at: number; end: number }): boolean {
  for (let index = at; index < end; index++) if (![0x20, 0x09, 0x0d].includes(bytes[index] ?? 0)) return false;
  return true;
}

/** @throws PenumbraError REQUEST_INVALID, with the member that is wrong */
export function requireForm<Schema extends TSchema>(
  check: Validator<Record<never, never>, Schema>,
  value: unknown,
): void {
  if (check.Check(value)) return;
  const errors = check.Errors(value).filter(({ keyword }) => keyword !== 'boolean');
  const said = errors.map(({ keyword, instancePath, message, params }) => {
    const [extra] =
      keyword === 'additionalProperties' ? (params as { additionalProperties: string[] }).additionalProperties : [];
    if (extra === undefined) return { where: `body${instancePath}`, text: `body${instancePath} ${message}` };
    const name = extra.slice(0, 100);
    return { where: `body${instancePath}/${name}`, text: `body${instancePath} has the unknown member "${name}"` };
  });
  const message = [...new Set(said.map(({ text }) => text))].slice(0, 5).join('; ');
  throw new PenumbraError('REQUEST_INVALID', message || 'body is not valid', said[0]?.where ?? 'body');
}
