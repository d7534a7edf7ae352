// Older values: the same from JSON, JSONL and CSV, and complaints with file and line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkConfigText } from '../../../src/config/load.ts';
import { readOlderValues } from '../../../src/config/older-values.ts';
import type { DeclaredInput } from '../../../src/core/perturb/index.ts';
import { soundConfig } from '../../support/bad-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-older-'));
afterAll(() => rmSync(directory, { recursive: true }));

function fileWith(name: string, content: string): string {
  const file = join(directory, name);
  writeFileSync(file, content);
  return file;
}
const numbers = { key: 'user', type: 'number' } as const;

describe('reading older values', () => {
  it.each([
    ['a.json', '{"u": [1, 2.5], "7": [-3, 0]}'],
    ['a.jsonl', '{"key": "u", "value": [1, 2.5]}\n\n{"key": 7, "value": [-3, 0]}\n'],
    ['a.csv', 'key,v0,v1\r\nu,1,2.5\r\n"7",-3,0\r\n'],
  ])('%s', (name, content) => {
    const { key, sha256, values } = readOlderValues(fileWith(name, content), numbers);
    expect(key).toBe('user');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(new Map(values)).toEqual(
      new Map(
        [
          ['u', [1, 2.5]],
          ['7', [-3, 0]],
        ].map(([k, v]) => [k, v] as const),
      ),
    );
  });

  it('takes single values, texts and booleans', () => {
    const texts = readOlderValues(fileWith('t.csv', 'key,value\nu,01\n'), { key: 'user', type: 'string' });
    expect(texts.values.get('u')).toEqual(['01']);
    const single = readOlderValues(fileWith('s.json', '{"u": 4}'), { key: 'user', type: 'integer' });
    expect(single.values.get('u')).toEqual([4]);
    const flags = readOlderValues(fileWith('b.csv', 'key,value\nu,true\n'), { key: 'user', type: 'boolean' });
    expect(flags.values.get('u')).toEqual([true]);
  });

  it.each([
    ['not JSON', 'x.json', '{"u": [1,', /x\.json requires JSON/],
    ['a list', 'x.json', '[1]', /x\.json requires a map from entity to values, got a list/],
    ['nothing', 'x.jsonl', '\n', /x\.jsonl requires at least one entity/],
    [
      'a line that is no entry',
      'x.jsonl',
      '{"key": "u", "value": [1]}\n3',
      /line 2 requires \{"key": …, "value": …\}, got 3/,
    ],
    ['no key', 'x.jsonl', '{"value": [1]}', /line 1 requires a key, got nothing/],
    ['a key twice', 'x.csv', 'key,v\nu,1\nu,2', /line 3 requires a key of its own, "u" stands twice/],
    ['no header', 'x.csv', 'u,1', /line 1 requires a first column "key", got "u"/],
    ['text among numbers', 'x.csv', 'key,v\nu,fast', /line 2 requires numbers, got "fast"/],
    [
      'vectors of two lengths',
      'x.json',
      '{"u": [1], "v": [1, 2]}',
      /"v" requires 1 values like the first entity, got 2/,
    ],
    ['an empty vector', 'x.json', '{"u": []}', /"u" requires numbers, got nothing/],
    ['another extension', 'x.parquet', 'PAR1', /requires the extension \.json, \.jsonl or \.csv/],
  ])('%s is refused', (_, name, content, message) => {
    expect(() => readOlderValues(fileWith(name, content), numbers)).toThrow(message);
  });

  it('says when there is no such file', () => {
    const read = (): unknown => readOlderValues(join(directory, 'none.csv'), numbers);
    expect(read).toThrow(expect.objectContaining({ code: 'CONFIG_NOT_FOUND' }));
  });
});

describe('older values in a config', () => {
  const configWith = (older: string): string =>
    soundConfig
      .replace(
        /inputs: .*/,
        `inputs: [{name: taste, group: embeddings, spread: 0.3, size: 2, older: ${older}}, {name: user, type: string}, {name: speed, at: "f[0]"}]`,
      )
      .replace(', relation: loud', '')
      .replace('faults: [{delay: 300ms, share: 10%}]', 'perturb: [{outdated: group embeddings}]');

  it('are read beside the config, for the declared feature', () => {
    fileWith('taste.json', '{"u": [1, 2]}');
    const { config, errors } = checkConfigText(configWith('{file: taste.json, key: user}'), { env: {}, directory });
    expect(errors).toEqual([]);
    const [taste] = (config?.inputs ?? []) as readonly DeclaredInput[];
    expect(taste).toMatchObject({ group: 'embeddings', spread: 0.3, size: 2 });
    expect(taste?.older?.values.get('u')).toEqual([1, 2]);
  });

  it.each([
    ['{file: none.json, key: user}', 'older values require a readable file'],
    [
      '{file: taste.json, key: usr}',
      'taste.older.key requires another declared input, got "usr" (did you mean "user"?)',
    ],
    ['{file: taste.json, key: taste}', 'taste.older.key requires another declared input, got "taste"'],
    ['{file: taste.json}', 'requires key'],
  ])('%s stops the start', (older, message) => {
    fileWith('taste.json', '{"u": [1, 2]}');
    const { errors } = checkConfigText(configWith(older), { env: {}, directory });
    expect(errors.map((error) => error.message).join('\n')).toContain(message);
  });
});
