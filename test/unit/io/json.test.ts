// JSON in and out: what JSON.parse loses is kept, what it accepts is accepted, and nothing else is.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PenumbraError } from '../../../src/errors.ts';
import { parseJson, stringifyJson } from '../../../src/io/json.ts';
import { readTolerantJson } from '../../../src/io/json-reader.ts';
import { scanJson } from '../../../src/io/json-scan.ts';

function messageFrom(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof PenumbraError && thrown.code === 'JSON_INVALID') return thrown.message;
    throw thrown;
  }
  throw new Error('nothing was refused');
}

describe('numbers beyond JSON.parse', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['0.12345678901234567', Number('0.12345678901234567')],
    ['12345678901234567.5', Number('12345678901234567.5')],
    ['12345678901234567e3', Number('12345678901234567e3')],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['-0', -0],
  ])('reads %s exactly, alone and in a list', (text, value) => {
    expect(parseJson(text)).toBe(value);
    expect(parseJson(`{"a":[1, ${text} ,"9007199254740993"]}`)).toEqual({ a: [1, value, '9007199254740993'] });
  });

  it('writes them back as the same tokens', () => {
    const text = '{"a":[9007199254740993,NaN,Infinity,-Infinity,-0,1e+21,0.1],"b":"NaN"}';
    expect(stringifyJson(parseJson(text))).toBe(text);
  });

  it('refuses an integer of absurd length instead of blocking', () => {
    expect(messageFrom(() => parseJson('7'.repeat(5000)))).toContain('at most 1000 digits');
  });

  it('keeps every 64-bit integer', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
        const read = parseJson(`[${value}]`) as (number | bigint)[];
        expect(BigInt(read[0] ?? 0)).toBe(value);
        expect(stringifyJson(read)).toBe(`[${value}]`);
      }),
    );
  });
});

describe('ordinary JSON', () => {
  // Whole numbers beyond 2^53 become bigint here, so they are left to the tests above.
  const isKept = (value: unknown): boolean =>
    typeof value === 'object' && value !== null
      ? Object.values(value).every(isKept)
      : !Number.isInteger(value) || Number.isSafeInteger(value);

  it('reads and writes what JSON.parse and JSON.stringify do', () => {
    fc.assert(
      fc.property(fc.jsonValue().filter(isKept), (value) => {
        const text = JSON.stringify(value);
        const expected: unknown = JSON.parse(text);
        expect(parseJson(text, { maxDepth: 1000 })).toEqual(expected);
        expect(readTolerantJson(text)).toEqual(expected);
        expect(JSON.parse(stringifyJson(expected))).toEqual(expected);
      }),
    );
  });

  it('takes the fast path for what JSON.parse keeps, and only for that', () => {
    expect(scanJson('{"N":"Infinity 12345678901234567","x":[0.12345678901234567,123456789012345]}', 64).isPlain).toBe(
      true,
    );
    expect(scanJson('[1234567890123456]', 64).isPlain).toBe(false);
    expect(scanJson('["\\"",NaN]', 64).isPlain).toBe(false);
  });

  it('agrees with JSON.parse on which damaged texts are none', () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.constantFrom('', ',', '"', '}', ']', '\\', '0', '-', '.', 'e', '\n', '\u0001', ':', 't'),
      )
      .map(
        ([text, at, piece]) => text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(damaged, (text) => {
        const accepts = (run: () => unknown): boolean => {
          try {
            run();
            return true;
          } catch {
            return false;
          }
        };
        expect(accepts(() => readTolerantJson(text))).toBe(accepts(() => JSON.parse(text)));
      }),
      { numRuns: 1000 },
    );
  });

  it('lets the last of duplicate keys win', () => expect(parseJson('{"a":1,"a":2}')).toEqual({ a: 2 }));

  it.each(['{"__proto__":{"evil":1},"a":1}', '{"__proto__":{"evil":1},"a":NaN}'])('sets no prototype by %s', (text) => {
    const value = parseJson(text) as Record<string, unknown>;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(value.evil).toBeUndefined();
    expect(stringifyJson(value)).toBe(text);
  });

  it('leaves out members that are undefined', () =>
    expect(stringifyJson({ a: undefined, b: [undefined] })).toBe('{"b":[null]}'));
});

describe('refusals', () => {
  it.each([
    ['', 'JSON requires a value, found the end at offset 0 (line 1, column 1)'],
    ['{"a": nope}', 'JSON requires a value, found "n" at offset 6 (line 1, column 7)'],
    ['{\n  "a" 1}', 'JSON requires a colon after a member name, found "1" at offset 8 (line 2, column 7)'],
    ['{"a":1', 'JSON requires a comma or } after a member, found the end at offset 6 (line 1, column 7)'],
    ['[1,]', 'JSON requires a value, found "]" at offset 3 (line 1, column 4)'],
    ['{a:1}', 'JSON requires a member name in quotes, found "a" at offset 1 (line 1, column 2)'],
    ['"abc', 'JSON requires a closing quote, found the end at offset 4 (line 1, column 5)'],
    ['1 2', 'JSON requires nothing after its value, found "2" at offset 2 (line 1, column 3)'],
    ['01', 'JSON requires nothing after its value, found "1" at offset 1 (line 1, column 2)'],
  ])('%s', (text, message) => expect(messageFrom(() => parseJson(text))).toBe(message));

  it('refuses deep nesting before parsing it', () => {
    expect(parseJson('['.repeat(64) + ']'.repeat(64))).toBeInstanceOf(Array);
    expect(messageFrom(() => parseJson('['.repeat(65) + ']'.repeat(65)))).toContain('at most 64 levels');
    expect(messageFrom(() => parseJson('{"a":'.repeat(1_000_000), { maxBytes: 1e8 }))).toContain('at most 64 levels');
  });

  it('counts bytes, not characters', () => {
    expect(parseJson('"éé"', { maxBytes: 6 })).toBe('éé');
    expect(messageFrom(() => parseJson('"ééé"', { maxBytes: 7 }))).toContain('at most 7 bytes, not 8');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(messageFrom(() => parseJson(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)))).toContain('UTF-8');
  });

  it('refuses any garbage with its own code only', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          parseJson(bytes);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'JSON_INVALID' });
        }
      }),
    );
  });
});
