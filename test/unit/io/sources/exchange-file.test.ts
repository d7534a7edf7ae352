// Reading recordings: every line ends as an exchange or as a problem with its number, whatever the file is like.
import { appendFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  countExchangeLines,
  type ExchangeFileOptions,
  readExchangeFile,
} from '../../../../src/io/sources/exchange-file.ts';
import type { RecordedLine } from '../../../../src/io/sources/recorded-line.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'penumbra-test-'));
});

const at = 1_770_000_000_000;
const lineOf = (changes: object = {}): string =>
  JSON.stringify({
    id: 'r1',
    arrivedAt: at,
    latencyMs: 12.5,
    request: { path: '/v2/models/m/infer', headers: { 'X-Request-Id': 'abc' }, body: { inputs: [] } },
    answer: { status: 200, body: 'verbatim' },
    ...changes,
  });

function write(content: string | Buffer, name = 'recording.jsonl'): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}

async function read(file: string, options?: ExchangeFileOptions): Promise<RecordedLine[]> {
  const lines: RecordedLine[] = [];
  for await (const line of readExchangeFile(file, options)) lines.push(line);
  expect(await countExchangeLines(file, options)).toBe(lines.length);
  return lines;
}

const briefly = (lines: readonly RecordedLine[]) =>
  lines.map(({ line, exchange, problem }) => (exchange === null ? `${line}: ${problem}` : line));

describe('a line', () => {
  it('is what POST /v1/exchanges would have made of it', async () => {
    const [first] = await read(write(`${lineOf()}\n`));
    expect(first?.exchange).toEqual({
      sourceId: 'r1',
      givenId: 'r1',
      arrivedAt: at,
      latencyMs: 12.5,
      request: {
        method: 'POST',
        path: '/v2/models/m/infer',
        headers: { 'content-type': 'application/json', 'x-request-id': 'abc' },
        body: Buffer.from('{"inputs":[]}'),
      },
      answer: { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from('verbatim') },
    });
  });

  it('without an id is known by its number', async () => {
    const [, second] = await read(write(`${lineOf()}\n${lineOf({ id: undefined })}`));
    expect(second?.exchange).toMatchObject({ sourceId: 'line-2' });
    expect(second?.exchange).not.toHaveProperty('givenId');
  });

  it('keeps integers beyond 2^53 in a body', async () => {
    const [first] = await read(write(lineOf().replace('"inputs":[]', '"key":9007199254740993')));
    expect(first?.exchange?.request.body.toString()).toBe('{"key":9007199254740993}');
  });

  it('tells its time in RFC 3339 or epoch milliseconds', async () => {
    const lines = await read(write(`${lineOf({ arrivedAt: '2026-03-01T08:00:00.120Z' })}\n`));
    expect(lines[0]?.exchange?.arrivedAt).toBe(Date.parse('2026-03-01T08:00:00.120Z'));
  });
});

describe('bad lines are reported with their number, and the rest goes on', () => {
  it.each([
    ['{"id": "r1"', /JSON/],
    ['null', /the line must be object/],
    ['[]', /^a recording requires one exchange a line, not a JSON array$/],
    [` [${lineOf()}]`, /^a recording requires one exchange a line, not a JSON array$/],
    [
      lineOf({ arrivedAt: undefined }),
      /^arrivedAt requires epoch milliseconds or an RFC 3339 time, and the line has none/,
    ],
    ['{"id": "r1"}', /^the line requires arrivedAt, latencyMs, request, answer$/],
    [lineOf({ request: {} }), /^request requires path$/],
    [lineOf({ arrivedAt: 1_770_000_000 }), /epoch milliseconds \(not seconds\)/],
    [lineOf({ arrivedAt: true }), /^arrivedAt requires epoch milliseconds or/],
    [lineOf({ arrivedAt: 'yesterday' }), /RFC 3339 time, not yesterday/],
    [lineOf({ latencyMs: -1 }), /latencyMs must be >= 0/],
    [lineOf({ request: { path: 'v2' } }), /request\.path must match pattern/],
    [lineOf({ answer: { status: 99 } }), /answer\.status must be >= 100/],
    [lineOf({ extra: 1 }), /^extra is no member of an exchange/],
    [lineOf({ id: '' }), /id must not have fewer than 1/],
  ])('%s', async (bad, problem) => {
    const lines = await read(write(`${lineOf()}\n${bad}\n${lineOf()}\n`));
    expect(lines.map(({ line, exchange }) => [line, exchange !== null])).toEqual([
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(lines[1]?.problem).toMatch(problem);
  });

  it('an array over many lines is said to be one at its first', async () => {
    const [first] = await read(write(JSON.stringify([JSON.parse(lineOf())], null, 2)));
    expect(first).toMatchObject({ line: 1, problem: 'a recording requires one exchange a line, not a JSON array' });
  });

  it('bytes that are no text are one of them', async () => {
    const lines = await read(write(Buffer.concat([Buffer.from([0xff, 0xfe, 10]), Buffer.from(lineOf())])));
    expect(briefly(lines)).toEqual(['1: JSON requires valid UTF-8', 2]);
  });

  it('a line beyond the limit is passed over', async () => {
    const huge = lineOf({ request: { path: '/', body: 'x'.repeat(300_000) } });
    const lines = await read(write([lineOf(), huge, lineOf(), huge].join('\n')), { maxLineBytes: 1000 });
    const problem = `a line requires at most 1000 bytes, not ${huge.length}`;
    expect(briefly(lines)).toEqual([1, `2: ${problem}`, 3, `4: ${problem}`]);
  });
});

describe('files', () => {
  it('gzip is read by its name, more than one member too', async () => {
    const file = write(gzipSync(`${lineOf()}\n`), 'recording.jsonl.gz');
    appendFileSync(file, gzipSync(`${lineOf()}\n`));
    expect(briefly(await read(file))).toEqual([1, 2]);
  });

  it('a file that breaks off gives what could be read, and a problem', async () => {
    const text = Array.from({ length: 2000 }, (_, index) => lineOf({ id: `${index}-${Math.sin(index)}` })).join('\n');
    const whole = gzipSync(text);
    const lines = await read(write(whole.subarray(0, whole.length - 2000), 'cut.jsonl.gz'));
    expect(lines.length).toBeGreaterThan(10);
    expect(lines.at(-1)?.problem).toMatch(/^the file breaks off here: unexpected end of file/);
    expect(lines.slice(0, -1).every(({ exchange }) => exchange !== null)).toBe(true);
  });

  it('empty ones have no lines, and empty lines count for the numbers only', async () => {
    expect(await read(write(''))).toEqual([]);
    expect(await read(write('\n \r\n\n'))).toEqual([]);
    expect(await read(write(gzipSync(''), 'empty.gz'))).toEqual([]);
    expect(briefly(await read(write(`\n\r\n${lineOf()}\r\n\n`)))).toEqual([3]);
  });

  it.each([
    ['there-is-none.jsonl', /ENOENT/],
    ['.', /EISDIR/],
  ])('%s cannot be read at all', async (name, why) => {
    await expect(read(join(directory, name))).rejects.toMatchObject({
      code: 'RECORDING_INVALID',
      message: expect.stringMatching(why),
    });
  });

  it('what is called .gz and is none cannot be read', async () => {
    await expect(read(write(lineOf(), 'plain.gz'))).rejects.toMatchObject({ code: 'RECORDING_INVALID' });
  });

  it('who stops reading leaves nothing open', async () => {
    const file = write(gzipSync(`${lineOf()}\n`.repeat(5000)), 'long.jsonl.gz');
    for await (const { line } of readExchangeFile(file)) if (line === 3) break;
    expect(readFileSync(file).length).toBeGreaterThan(0);
  });

  it('lines are the same however the file is cut into lines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom('good', 'bad', ''), { maxLength: 30 }), async (kinds) => {
        const text = kinds.map((kind) => (kind === 'good' ? lineOf() : kind === 'bad' ? '{' : '')).join('\n');
        const lines = await read(write(text));
        const expected = kinds.flatMap((kind, index) => (kind === '' ? [] : [[index + 1, kind === 'good']]));
        expect(lines.map(({ line, exchange }) => [line, exchange !== null])).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });
});
