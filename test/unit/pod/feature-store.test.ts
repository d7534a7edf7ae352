// The feature store: rows of a file by key, and slowness for exactly the keys that the seed says.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isInShare, keyOf } from '../../../src/core/random.ts';
import { readModelCard } from '../../../src/io/model-card.ts';
import { readFeatureRows } from '../../../src/pod/feature-rows.ts';
import { createFeatureStoreServer } from '../../../src/pod/feature-store.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';

const { cardFile, directory } = writeTinyModel({
  weights: [1, 1, 1],
  inputs: [{ name: 'a', stored: true }, { name: 'b' }, { name: 'c', stored: true }],
});
const card = readModelCard(cardFile);
let made = 0;

function fileOf(text: string, ending = 'jsonl'): string {
  const file = join(directory, `rows-${made++}.${ending}`);
  writeFileSync(file, ending.endsWith('gz') ? gzipSync(text) : text);
  return file;
}

const lines = '{"key":"k1","features":[1,2,3],"late":true}\n\n{"key":"k/2","features":{"c":6,"a":null}}\n';

describe('rows of a file', () => {
  it.each(['jsonl', 'jsonl.gz'])('keep the stored features, from %s', async (ending) => {
    const rows = await readFeatureRows(fileOf(lines, ending), card);
    expect(rows.names).toEqual(['a', 'c']);
    expect([...rows.valuesByKey]).toEqual([
      ['k1', [1, 3]],
      ['k/2', [null, 6]],
    ]);
  });

  it('are all of the shipped stream', async () => {
    const models = join(import.meta.dirname, '../../../models');
    const rows = await readFeatureRows(
      join(models, 'flight-stream.jsonl.gz'),
      readModelCard(join(models, 'flight-delay-v1.json')),
    );
    expect(rows.valuesByKey.size).toBeGreaterThanOrEqual(20_000);
    expect(rows.names).toContain('dep_delay');
  });

  it.each([
    ['{"key":"k","features":[1,2,3]}\n{"key":', /rows-\d+\.jsonl: line 2: JSON requires/],
    ['{"features":[1,2,3]}', /line 1: a row requires a "key"/],
    ['{"key":"k"}', /line 1: a row requires "features"/],
    ['{"key":"k","features":[1]}', /line 1: a row requires a value for "c"/],
  ])('are refused with the line: %s', async (text, message) => {
    await expect(readFeatureRows(fileOf(text), card)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('need a file that is there and that is what its name says', async () => {
    await expect(readFeatureRows('/nowhere/rows.jsonl.gz', card)).rejects.toMatchObject({ code: 'CONFIG_NOT_FOUND' });
    const plain = join(directory, 'plain.gz');
    writeFileSync(plain, lines);
    await expect(readFeatureRows(plain, card)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining(plain),
    });
  });

  it('need a card with stored inputs', async () => {
    const bare = readModelCard(writeTinyModel().cardFile);
    await expect(readFeatureRows(fileOf(lines), bare)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('"stored": true'),
    });
  });
});

describe('the server', async () => {
  const rows = await readFeatureRows(fileOf(lines), card);

  it('answers rows by key, says what it does not know, and is healthy', async () => {
    const app = createFeatureStoreServer(rows, { slow: null });
    expect((await app.inject('/features/k1')).json()).toEqual({ key: 'k1', features: { a: 1, c: 3 } });
    expect((await app.inject('/features/k%2F2')).json()).toEqual({ key: 'k/2', features: { a: null, c: 6 } });
    const unknown = await app.inject('/features/k3');
    expect(unknown.statusCode).toBe(404);
    expect(unknown.json()).toEqual({ error: 'no row has the key "k3"' });
    expect((await app.inject('/health')).json()).toEqual({ status: 'ok', rows: 2 });
    expect((await app.inject('/nowhere')).statusCode).toBe(404);
    await app.close();
  });

  it('is slow for the keys of the share, and they hold nobody else up', async () => {
    const keys = Array.from({ length: 40 }, (_, index) => `key-${index}`);
    const many = { names: ['a'], valuesByKey: new Map(keys.map((key) => [key, [1]])) };
    const app = createFeatureStoreServer(many, { slow: { delayMs: 600_000, share: 0.3, seed: 's' } });
    const slow = keys.filter((key) => isInShare(keyOf('s'), key, 0.3));
    expect(slow.length).toBeGreaterThan(3);
    const answered = new Set<string>();
    const calls = keys.map(async (key) => {
      const { statusCode } = await app.inject(`/features/${key}`);
      if (statusCode === 200) answered.add(key);
    });
    const fast = calls.filter((_, index) => !slow.includes(keys[index] ?? ''));
    await Promise.all(fast);
    expect(keys.filter((key) => !answered.has(key))).toEqual(slow);
    // Closing lets the slow ones go at once.
    await app.close();
    await Promise.all(calls);
  });
});
