// Model cards: what is read, what is filled in, and complaints with file and field.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readFeaturePlace, readModelCard } from '../../../src/io/model-card.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-card-'));
const input = {
  name: 'a',
  at: 'features[0]',
  type: 'number',
  range: [0, 1],
  default: 0.5,
  zeroIsLegal: false,
  stored: true,
};
const card = { name: 'm', version: 'v1', file: 'm.onnx', inputs: [input] };
let made = 0;

function fileWith(content: unknown): string {
  const file = join(directory, `card-${made++}.json`);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

describe('reading a card', () => {
  it('gives every field, and the model file beside the card', () => {
    const file = fileWith({ ...card, metrics: { auc: 0.9 } });
    expect(readModelCard(file)).toEqual({
      card: file,
      name: 'm',
      version: 'v1',
      file: join(directory, 'm.onnx'),
      inputs: [
        {
          name: 'a',
          tensor: 'features',
          index: 0,
          type: 'number',
          range: [0, 1],
          default: 0.5,
          zeroIsLegal: false,
          stored: true,
        },
      ],
    });
  });

  it('gives what perturbations may know: group, spread, size, and an older version beside the card', () => {
    const older = { file: 'old.jsonl', key: 'user' };
    const inputs = [{ ...input, group: 'weather', spread: 2, size: 3, older }];
    expect(readModelCard(fileWith({ ...card, inputs })).inputs[0]).toMatchObject({
      group: 'weather',
      spread: 2,
      size: 3,
      older: { file: join(directory, 'old.jsonl'), key: 'user' },
    });
  });

  it('assumes little about an input that says little', () => {
    expect(readModelCard(fileWith({ ...card, inputs: [{ name: 'age' }] })).inputs[0]).toEqual({
      name: 'age',
      tensor: 'age',
      index: null,
      type: 'number',
      range: null,
      default: null,
      zeroIsLegal: true,
      stored: false,
    });
  });

  it('reads the cards of the shipped models', () => {
    for (const version of ['v1', 'v2', 'v2-units']) {
      const shipped = readModelCard(join(import.meta.dirname, `../../../models/flight-delay-${version}.json`));
      expect(shipped).toMatchObject({ name: 'flight-delay', version });
      expect(shipped.inputs.some((feature) => feature.stored)).toBe(true);
    }
  });
});

describe('complaints', () => {
  it.each([
    [{ ...card, name: undefined }, /card-\d+\.json .*name/],
    [{ ...card, inputs: [] }, /: inputs /],
    [{ ...card, inputs: [{ ...input, type: 'float' }] }, /: inputs\[0\]\.type /],
    [{ ...card, inputs: [input, input] }, /: inputs\[1\]\.name requires a name of its own, "a" stands twice/],
    [
      { ...card, inputs: [{ ...input, at: 'features[x]' }] },
      /: inputs\[0\]\.at requires a place such as features\[3\]/,
    ],
    [{ ...card, inputs: [{ ...input, range: [2, 1] }] }, /: inputs\[0\]\.range requires low before high/],
    ['{"name": ', /card-\d+\.json: JSON requires a value/],
    ['[]', /card-\d+\.json /],
  ])('%o', (content, message) => {
    const file = fileWith(content);
    expect(() => readModelCard(file)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) }),
    );
  });

  it('names a file that is not there', () => {
    expect(() => readModelCard('/nowhere/card.json')).toThrow(
      expect.objectContaining({ code: 'CONFIG_NOT_FOUND', where: '/nowhere/card.json' }),
    );
  });
});

describe('places', () => {
  it.each([
    ['features[3]', { tensor: 'features', index: 3 }],
    ['dep_delay', { tensor: 'dep_delay', index: null }],
    ['features[-1]', null],
    ['features[1][2]', null],
    ['', null],
  ])('%s', (at, place) => expect(readFeaturePlace(at)).toEqual(place));
});
