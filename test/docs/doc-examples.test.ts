// Every `@example` in core of the form `expression // value` is true: it is run with the library door's exports and those of its own
// file. A value may be cut short (`0.0476…`) or be the end of a small calculation (`1 − 2/6 = 0.67`).
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { expect, it } from 'vitest';
import * as door from '../../src/index.ts';

const core = resolve(import.meta.dirname, '../../src/core');

/** What examples may speak of without saying what it is: a decision and a way to divide requests. */
const known = { late: { name: 'late', kind: 'binary' }, byDelay: { name: 'delay', values: null, edges: null } };

interface Example {
  readonly file: string;
  readonly code: string;
  readonly value: string;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** The example's code and value; null for prose. */
function parse(file: string, block: string): Example | null {
  const lines = block
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
    .filter((line) => line !== '');
  const last = lines.at(-1)?.split(' // ');
  if (last?.length !== 2) return null;
  const before = lines.slice(0, -1).join('\n');
  return { file, code: `${before}\nreturn ${last[0]}`, value: last[1] as string };
}

const examples = listFiles(core).flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/@example\s([\s\S]*?)(?=\n\s*\* @|\s*\*\/)/g)].flatMap(
    (match) => parse(file, match[1] as string) ?? [],
  ),
);

/** The value as JavaScript: without prose behind it, minus signs as typed, and what is cut short cut off. */
function literalOf(value: string): string {
  const [first = ''] = value.replaceAll('−', '-').split(/(?<=…), (?=[a-z])/);
  return (first.split(' = ').at(-1) ?? '').trim();
}

/** Digits behind the point of each number in a literal, in their order. */
const digitsOf = (literal: string): number[] =>
  [...literal.matchAll(/\d+(?:\.(\d+))?/g)].map((match) => match[1]?.length ?? 0);

function run(code: string, scope: Readonly<Record<string, unknown>>): unknown {
  return new Function(...Object.keys(scope), code)(...Object.values(scope));
}

const numbersIn = (value: unknown): number[] => {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : [];
};

/** What is left to compare when the numbers are. */
const withoutNumbers = (value: unknown): string =>
  JSON.stringify(value, (_key, one) => (typeof one === 'number' ? 0 : (one as unknown)));

it('finds the examples', () => {
  expect(examples.length).toBeGreaterThan(12);
});

it.each(examples.map((one) => [relative(core, one.file), one.value, one] as const))(
  '%s: %s',
  async (_file, _value, { file, code, value }) => {
    const scope = { ...known, ...door, ...((await import(file)) as Record<string, unknown>) };
    const found = run(code, scope);
    const literal = literalOf(value);
    const wanted = run(`return (${literal.replaceAll('…', '')})`, scope);
    const isCalculated = /[a-z]\(/.test(literal);
    const digits = digitsOf(literal);
    const numbers = numbersIn(wanted);
    expect(numbersIn(found)).toHaveLength(numbers.length);
    for (const [index, number] of numbersIn(found).entries()) {
      const step = isCalculated ? 1e-12 : 10 ** -(digits[index] ?? 0);
      // Whole numbers are meant exactly.
      expect(Math.abs(number - (numbers[index] as number))).toBeLessThan(step === 1 ? 1e-12 : step);
    }
    expect(withoutNumbers(found)).toEqual(withoutNumbers(wanted));
  },
);
