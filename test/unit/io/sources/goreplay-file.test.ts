// GoReplay's captures: one made by the tool itself, and by hand what else its format allows and what can go wrong.
// Source: GoReplay documentation, "Saving and replaying from file" and "Middleware".
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';
import { countExchangeLines, readExchangeFile } from '../../../../src/io/sources/exchange-file.ts';
import { recordSeparator } from '../../../../src/io/sources/goreplay-record.ts';
import type { RecordedLine } from '../../../../src/io/sources/recorded-line.ts';

const captured = join(import.meta.dirname, '../../../fixtures/goreplay/flight-delay.gor.gz');
const separator = recordSeparator.toString();
const id = (digit: number, length = 24): string => String(digit % 10).padStart(length, 'a');
const startNs = 1_795_000_000_000_000_000n;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'penumbra-goreplay-'));
});

function write(records: readonly string[], name = 'capture.gor'): string {
  const file = join(directory, name);
  const text = records.map((record) => record + separator).join('');
  writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  return file;
}

async function read(file: string, options = {}): Promise<RecordedLine[]> {
  const lines: RecordedLine[] = [];
  for await (const line of readExchangeFile(file, options)) lines.push(line);
  expect(await countExchangeLines(file, options)).toBe(lines.length);
  return lines;
}

interface Made {
  readonly of: string;
  readonly atMs?: number;
  readonly body?: string;
}

function request({ of, atMs = 0, body = '{"a":1}' }: Made, fields = ' 0'): string {
  const at = startNs + BigInt(atMs) * 1_000_000n;
  const head = `POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return `1 ${of} ${at}${fields}\n${head}${body}`;
}

function answer({ of, atMs = 20, body = '{"b":2}' }: Made, { type = 2, latencyNs = 0, before = '' } = {}): string {
  const at = startNs + BigInt(atMs) * 1_000_000n;
  const head = `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return `${type} ${of} ${at} ${latencyNs}\n${before}${head}${body}`;
}

const problems = (lines: readonly RecordedLine[]) =>
  lines.flatMap((line) => (line.exchange === null ? [`${line.line} ${line.reason}: ${line.problem}`] : []));
const exchanges = (lines: readonly RecordedLine[]) =>
  lines.flatMap(({ exchange }) => (exchange === null ? [] : [exchange]));

describe('a capture that GoReplay wrote', () => {
  it('becomes exchanges in order of arrival: chunked, compressed, answers in front of their requests', async () => {
    const lines = await read(captured);
    expect(problems(lines)).toEqual([
      '211 malformed: record 21: a header line must read "name: value"',
      '409 no_answer: record 39: the request 8e2647177f0000011f0c143c has no answer near it',
    ]);
    const codec = codecs.find(({ name }) => name === 'open-inference-v2')?.create({});
    const calls = exchanges(lines).filter((exchange) => codec?.isInference(exchange.request));
    expect([exchanges(lines).length, calls.length]).toEqual([245, 239]);
    const times = exchanges(lines).map(({ arrivedAt }) => arrivedAt);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    const read_ = calls.map(({ request: asked, answer: given, latencyMs }) => {
      expect(latencyMs).toBeGreaterThan(0);
      const features = codec?.decodeRequest(asked).inputs[0]?.shape;
      return [features, given.status === 200 ? codec?.decodeAnswer(given).outputs[1]?.shape : given.status];
    });
    const failed = read_.filter(([, outcome]) => outcome === 503);
    expect(failed).toHaveLength(1);
    expect(read_.filter(([, outcome]) => outcome !== 503)).toEqual(
      new Array(238).fill([
        [1, 16],
        [1, 2],
      ]),
    );
    const encodings = calls.map(
      ({ answer: { headers } }) => headers['content-encoding'] ?? headers['transfer-encoding'],
    );
    expect(new Set(encodings)).toEqual(new Set([undefined, 'gzip', 'chunked']));
  });

  it('is known by how it begins, whatever its name', async () => {
    const bytes = gunzipSync(readFileSync(captured));
    writeFileSync(join(directory, 'traffic'), bytes);
    expect(exchanges(await read(join(directory, 'traffic')))).toHaveLength(245);
    expect(exchanges(await read(join(directory, 'traffic'), { format: 'jsonl' }))).toHaveLength(0);
  });
});

describe('records', () => {
  it.each([
    ['three fields', ''],
    ['four fields', ' 0'],
  ])('a request may have %s', async (_name, fields) => {
    const [only] = await read(write([request({ of: id(1) }, fields), answer({ of: id(1) })]));
    expect(only?.exchange).toMatchObject({
      sourceId: id(1),
      arrivedAt: Number(startNs / 1_000_000n),
      latencyMs: 20,
      request: { method: 'POST', path: '/v2/models/m/infer', body: Buffer.from('{"a":1}') },
      answer: { status: 200, body: Buffer.from('{"b":2}') },
    });
    expect(only?.exchange).not.toHaveProperty('givenId');
  });

  it.each([24, 40])('ids of %i digits', async (length) => {
    const lines = await read(write([request({ of: id(1, length) }), answer({ of: id(1, length) })]));
    expect(exchanges(lines).map(({ sourceId }) => sourceId)).toEqual([id(1, length)]);
  });

  it('a stated latency wins over the difference of two clocks', async () => {
    const [only] = await read(write([request({ of: id(1) }), answer({ of: id(1) }, { latencyNs: 7_500_000 })]));
    expect(only?.exchange?.latencyMs).toBe(7.5);
  });

  it('answers before their requests, and interim answers before the final one', async () => {
    const before = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    const lines = await read(write([answer({ of: id(1) }, { before }), request({ of: id(1) })]));
    expect(lines.map(({ exchange }) => exchange?.answer.status)).toEqual([200]);
  });

  it('what was answered to a replay is passed over and counted', async () => {
    let replayed = 0;
    const records = [request({ of: id(1) }), answer({ of: id(1) }, { type: 3 }), answer({ of: id(1) })];
    const lines = await read(write(records), {
      onReplayed: () => {
        replayed += 1;
      },
    });
    expect([lines.length, exchanges(lines).length, replayed]).toEqual([1, 1, 1]);
  });

  it('are put in order over some seconds of the capture', async () => {
    const pair = (digit: number, atMs: number) => [
      request({ of: id(digit), atMs }),
      answer({ of: id(digit), atMs: atMs + 5 }),
    ];
    const lines = await read(write([...pair(1, 3000), ...pair(2, 1000), ...pair(3, 2000), ...pair(4, 60_000)]));
    expect(exchanges(lines).map(({ sourceId }) => sourceId)).toEqual([id(2), id(3), id(1), id(4)]);
  });

  it('gzip is read by its name', async () => {
    const file = write([request({ of: id(1) }), answer({ of: id(1) })], 'capture.gor.gz');
    expect(exchanges(await read(file))).toHaveLength(1);
  });
});

describe('halves', () => {
  it('without the other one are told at the end, and after a minute of the capture', async () => {
    const records = [
      request({ of: id(1) }),
      answer({ of: id(2) }),
      request({ of: id(3), atMs: 61_000 }),
      answer({ of: id(3), atMs: 61_005 }),
      answer({ of: id(1), atMs: 61_006 }),
    ];
    expect(problems(await read(write(records)))).toEqual([
      `1 no_answer: record 1: the request ${id(1)} has no answer near it`,
      `8 no_request: record 2: the answer ${id(2)} has no request near it`,
      `27 no_request: record 5: the answer ${id(1)} has no request near it`,
    ]);
  });

  it('of one id twice: the later one counts', async () => {
    const records = [request({ of: id(1), body: '{"old":1}' }), request({ of: id(1) }), answer({ of: id(1) })];
    const lines = await read(write(records));
    expect(problems(lines)).toHaveLength(1);
    expect(exchanges(lines).map(({ request: { body } }) => String(body))).toEqual(['{"a":1}']);
  });
});

describe('bad input', () => {
  it.each([
    ['no header', 'hello', 'a record requires a first line "type id time latency", not "hello"'],
    ['an unknown type', `4 ${id(1)} 1 0\n`, 'a record requires a first line'],
    ['no HTTP', `1 ${id(1)} 1 0\nnothing\r\n\r\n`, 'a request line must read'],
    ['a cut body', `1 ${id(1)} 1 0\nPOST / HTTP/1.1\r\ncontent-length: 9\r\n\r\nabc`, 'content-length says 9'],
    [
      'a cut chunk',
      `2 ${id(1)} 1 0\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab`,
      'a chunk must be as long as it says',
    ],
  ])('%s is refused by its record', async (_name, record, why) => {
    const lines = await read(write([record, request({ of: id(1) }), answer({ of: id(1) })]));
    expect(exchanges(lines)).toHaveLength(1);
    expect(problems(lines)).toEqual([expect.stringContaining(`malformed: record 1: ${why}`)]);
  });

  it('10,000 malformed records lose nothing of the good ones between them', async () => {
    const records: string[] = [];
    for (let index = 0; index < 10_000; index++) {
      const bad = ['', 'x', `1 ${id(index)}`, `1 ${id(index)} 5 0\n\0\u00ff`, `2 zz 1 1\nHTTP/1.1 200 OK\r\n\r\n`][
        index % 5
      ];
      records.push(bad === '' ? '\n' : (bad ?? ''));
      if (index % 100 === 0) {
        const of = index.toString(16).padStart(24, '0');
        records.push(request({ of, atMs: index }), answer({ of, atMs: index + 3 }));
      }
    }
    const lines = await read(write(records));
    expect(exchanges(lines)).toHaveLength(100);
    expect(problems(lines)).toHaveLength(10_000);
    expect(lines.every((line) => line.exchange !== null || line.reason === 'malformed')).toBe(true);
  });

  it('a capture cut short gives what was whole', async () => {
    const bytes = gzipSync(
      Array.from({ length: 400 }, (_, index) => {
        const of = index.toString(16).padStart(24, '0');
        return [request({ of, atMs: index, body: `{"a":${Math.sin(index)}}` }), answer({ of, atMs: index + 2 })];
      })
        .flat()
        .map((record) => record + separator)
        .join(''),
    );
    const file = join(directory, 'cut.gor.gz');
    writeFileSync(file, bytes.subarray(0, bytes.length - 3000));
    const lines = await read(file);
    expect(exchanges(lines).length).toBeGreaterThan(50);
    expect(problems(lines).at(-1)).toContain('broken_off: the file breaks off here');
  });
});
