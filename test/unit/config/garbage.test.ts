// Whatever a file holds, the answer is a config or a list of places and sentences: no crash, no hang, no other error.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkConfigText, loadConfig } from '../../../src/config/load.ts';
import { readYaml } from '../../../src/config/yaml-tree.ts';
import { PenumbraError } from '../../../src/errors.ts';
import { soundConfig } from '../../support/bad-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

function expectPlaced(text: string): void {
  const { config, errors } = checkConfigText(text, { env: {}, directory });
  expect(config === null).toBe(errors.length > 0);
  const lines = text.split('\n').length;
  for (const { line, column, message } of errors) {
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(message.length).toBeGreaterThan(10);
    expect(message).not.toMatch(/undefined|\[object/);
  }
}

const words = soundConfig.split(/([\s{}[\],:"]+)/);
const values = fc.oneof(
  fc.constantFrom(
    'at most 5%',
    '5%',
    '-1',
    'null',
    '{}',
    '[]',
    '~',
    '1e999',
    '.nan',
    'production',
    '"',
    '{',
    ']',
    '*a',
    '&a',
    '!x',
    '\t',
    `\${env:X}`,
  ),
  fc.string(),
);

describe('garbage', () => {
  it('random text', () => fc.assert(fc.property(fc.string({ unit: 'binary' }), expectPlaced), { numRuns: 300 }));

  it('a sound config with words replaced', () => {
    const edits = fc.array(fc.tuple(fc.nat(words.length - 1), values), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(edits, (replaced) => {
        const changed = [...words];
        for (const [index, value] of replaced) changed[index] = value;
        expectPlaced(changed.join(''));
      }),
      { numRuns: 500 },
    );
  });

  it('well-formed YAML of any shape under known keys', () => {
    const keys = fc.constantFrom(
      'service',
      'production',
      'decisions',
      'experiments',
      'arms',
      'expect',
      'control',
      'gate',
      'faults',
      'perturb',
      'source',
      'tap',
      'inputs',
      'api',
      'budget',
      'stopWhen',
    );
    const shape = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(keys, tie('node')),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(keys, shape.node), (tree) => expectPlaced(stringify(tree))),
      { numRuns: 300 },
    );
  });

  it.each([
    ['brackets', '['.repeat(30_000)],
    ['closed brackets', `${'['.repeat(30_000)}${']'.repeat(30_000)}`],
    ['braces', '{a: '.repeat(5000)],
    ['dashes', '- '.repeat(20_000)],
    ['indentation', Array.from({ length: 900 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
    ['question marks', '? '.repeat(20_000)],
    ['length', 'a: b\n'.repeat(200_000)],
    ['a bomb of aliases', `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}`],
    ['a reserved key', '__proto__: {service: x}'],
  ])('a monster of %s is refused with a place', (_, text) => {
    const { errors } = checkConfigText(text, { env: {}, directory });
    expect(errors.length).toBeGreaterThan(0);
  });

  it('deep nesting is found by its place, before it is parsed', () => {
    expect(readYaml(`a: 1\nb: ${'['.repeat(41)}`).faults).toEqual([
      { line: 2, column: 44, message: 'a config nests at most 40 levels' },
    ]);
  });

  it('loading throws coded errors only, every problem on a line of its own', () => {
    const file = join(directory, 'bad.yaml');
    writeFileSync(file, soundConfig.replace('200ms', '200').replace('at most 5%', '5%'));
    const load = (): unknown => loadConfig(file, { env: {} });
    expect(load).toThrow(PenumbraError);
    expect(load).toThrow(
      new RegExp(`^${file}:5:18: production.slo.latency .*\n${file}:18:30: experiments.release.expect`),
    );
    expect(() => loadConfig(join(directory, 'none.yaml'), { env: {} })).toThrow(/cannot be read/);
    expect(() => loadConfig(directory, { env: {} })).toThrow(PenumbraError);
  });
});
