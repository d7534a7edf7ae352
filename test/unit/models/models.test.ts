// Checks the committed models, cards and request stream against each other and against the figures that the demo
// relies on: how often v2, the unit bug and zeroed features change an answer. Runs without Python.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';

interface CardInput {
  name: string;
  at: string;
  type: string;
  unit: string;
  range: [number, number];
  default: number;
  zeroIsLegal: boolean;
  stored: boolean;
  description: string;
}

interface Card {
  name: string;
  version: string;
  file: string;
  data: { licence: string; trainingMonths: string[]; heldOutMonths: string[] };
  inputs: CardInput[];
  outputs: { name: string; late?: string }[];
  metrics: Record<string, number>;
}

interface StreamRow {
  key: string;
  features: number[];
  late: boolean;
}

const modelsDir = new URL('../../../models/', import.meta.url);
const versions = ['v1', 'v2', 'v2-units'] as const;
type Version = (typeof versions)[number];
const prefixes = [1500, 3000, 4500, 6000];
const batchRows = 6000;

const readCard = (version: Version): Card =>
  JSON.parse(readFileSync(new URL(`flight-delay-${version}.json`, modelsDir), 'utf8')) as Card;

const readStream = (): StreamRow[] =>
  gunzipSync(readFileSync(new URL('flight-stream.jsonl.gz', modelsDir)))
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as StreamRow);

const cards: Record<Version, Card> = { v1: readCard('v1'), v2: readCard('v2'), 'v2-units': readCard('v2-units') };
const stream = readStream();
const sessions = new Map<Version, InferenceSession>();

function sessionOf(version: Version): InferenceSession {
  const session = sessions.get(version);
  if (session === undefined) throw new Error(`no session for ${version}`);
  return session;
}

// The chance of being late for each row, from one batched run.
async function lateScores(version: Version, rows: number[][]): Promise<number[]> {
  const data = Float32Array.from(rows.flat());
  const features = new Tensor('float32', data, [rows.length, cards[version].inputs.length]);
  const outputs = await sessionOf(version).run({ features });
  const probabilities = outputs.probabilities?.data as Float32Array;
  return rows.map((_, row) => probabilities[2 * row + 1] ?? Number.NaN);
}

const head = stream.slice(0, batchRows);
const headFeatures = head.map((row) => row.features);
const scores: Record<Version, number[]> = { v1: [], v2: [], 'v2-units': [] };

beforeAll(async () => {
  for (const version of versions) {
    const bytes = readFileSync(new URL(cards[version].file, modelsDir));
    sessions.set(version, await InferenceSession.create(bytes, { intraOpNumThreads: 1 }));
    scores[version] = await lateScores(version, headFeatures);
  }
});

function share(count: number, differs: (row: number) => boolean): number {
  let hits = 0;
  for (let row = 0; row < count; row += 1) if (differs(row)) hits += 1;
  return hits / count;
}

const at = (values: number[], row: number): number => values[row] ?? Number.NaN;

const flipShare = (count: number, a: number[], b: number[]): number =>
  share(count, (row) => at(a, row) >= 0.5 !== at(b, row) >= 0.5);

// Area under the ROC curve from mean ranks, so that ties count half.
function auc(values: number[], late: boolean[]): number {
  const order = values.map((_, row) => row).sort((a, b) => at(values, a) - at(values, b));
  let lateRankSum = 0;
  let start = 0;
  while (start < order.length) {
    let end = start;
    const value = at(values, order[start] ?? 0);
    while (end < order.length && at(values, order[end] ?? 0) === value) end += 1;
    const meanRank = (start + end + 1) / 2;
    for (let i = start; i < end; i += 1) if (late[order[i] ?? 0]) lateRankSum += meanRank;
    start = end;
  }
  const lateRows = late.filter(Boolean).length;
  return (lateRankSum - (lateRows * (lateRows + 1)) / 2) / (lateRows * (late.length - lateRows));
}

// A fixed generator (mulberry32), so that the choice of rows is random-looking and the same in every run.
function pseudoRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('models folder', () => {
  it('stays under 5 MB', () => {
    const sizes = readdirSync(modelsDir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(new URL(entry.name, modelsDir)).size);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(5_000_000);
  });

  it.each(versions)('%s is under 500 KB', (version) => {
    expect(statSync(new URL(cards[version].file, modelsDir)).size).toBeLessThan(500_000);
  });
});

describe('cards', () => {
  it.each(versions)('%s names its own version, file and held-out month', (version) => {
    const card = cards[version];
    expect(card.name).toBe('flight-delay');
    expect(card.version).toBe(version);
    expect(card.file).toBe(`flight-delay-${version}.onnx`);
    expect(card.data.licence).toBe('CC0');
    expect(card.data.heldOutMonths).toEqual(['2013-07']);
    expect(card.data.trainingMonths).not.toContain('2013-07');
  });

  it.each(versions)('%s lists the inputs in the order of the columns, each once', (version) => {
    const { inputs } = cards[version];
    expect(new Set(inputs.map((input) => input.name)).size).toBe(inputs.length);
    expect(inputs.map((input) => input.at)).toEqual(inputs.map((_, index) => `features[${index}]`));
    expect(inputs.map((input) => input.name)).toEqual(cards.v1.inputs.map((input) => input.name));
  });

  it.each(versions)('%s has the inputs and outputs that its model has', (version) => {
    const session = sessionOf(version);
    expect(session.inputNames).toEqual(['features']);
    const [input] = session.inputMetadata;
    if (input === undefined || !input.isTensor) throw new Error('the input is no tensor');
    expect(input.type).toBe('float32');
    expect(input.shape.at(-1)).toBe(cards[version].inputs.length);
    expect([...session.outputNames].sort()).toEqual(cards[version].outputs.map((output) => output.name).sort());
    expect(cards[version].outputs[0]).toMatchObject({ name: 'probabilities', late: 'probabilities[:,1]' });
  });

  it.each(versions)('%s has defaults and a zero that agree with the ranges', (version) => {
    for (const input of cards[version].inputs) {
      const [lowest, highest] = input.range;
      expect(input.default, input.name).toBeGreaterThanOrEqual(lowest);
      expect(input.default, input.name).toBeLessThanOrEqual(highest);
      expect(input.zeroIsLegal, input.name).toBe(lowest <= 0 && highest >= 0);
    }
  });

  it.each(versions)('%s stores dep_delay and at least three more', (version) => {
    const { inputs } = cards[version];
    const depDelay = inputs.find((input) => input.name === 'dep_delay');
    expect(depDelay).toMatchObject({ at: 'features[0]', stored: true, zeroIsLegal: true });
    expect(depDelay?.default).not.toBe(0);
    expect(inputs.filter((input) => input.stored).length).toBeGreaterThanOrEqual(4);
  });
});

describe('request stream', () => {
  it('has at least 20,000 rows with unique keys of the held-out month', () => {
    expect(stream.length).toBeGreaterThanOrEqual(20_000);
    expect(new Set(stream.map((row) => row.key)).size).toBe(stream.length);
    expect(stream.filter((row) => !/^201307\d\d-[A-Z0-9]{2}\d+-[A-Z]{3}-\d{4}$/.test(row.key))).toEqual([]);
  });

  it('is in order of scheduled departure', () => {
    const times = stream.map((row) => `${row.key.slice(0, 8)} ${row.key.slice(-4)}`);
    expect(times.findIndex((time, row) => row > 0 && time < (times[row - 1] ?? ''))).toBe(-1);
  });

  it('holds only numbers within the legal ranges', () => {
    const { inputs } = cards.v1;
    const wrong = stream.filter(
      (row) =>
        row.features.length !== inputs.length ||
        !inputs.every(({ range: [lowest, highest] }, index) => {
          const value = row.features[index];
          return value !== undefined && Number.isFinite(value) && value >= lowest && value <= highest;
        }),
    );
    expect(wrong).toEqual([]);
  });

  it('has late and punctual flights', () => {
    const lateShare = share(stream.length, (row) => stream[row]?.late === true);
    expect(lateShare).toBeGreaterThan(0.1);
    expect(lateShare).toBeLessThan(0.5);
  });
});

describe('figures', () => {
  it.each(versions)('%s scores as well as its card says', async (version) => {
    const { metrics } = cards[version];
    const late = head.map((row) => row.late);
    const right = share(batchRows, (row) => at(scores[version], row) >= 0.5 === late[row]);
    expect(auc(scores[version], late)).toBeCloseTo(metrics.first6000Auc ?? Number.NaN, 3);
    expect(right).toBeCloseTo(metrics.first6000Accuracy ?? Number.NaN, 3);
    const flips = flipShare(batchRows, scores.v1, scores[version]);
    expect(flips).toBeCloseTo(metrics.first6000FlipsAgainstV1 ?? Number.NaN, 3);
    const whole = await lateScores(
      version,
      stream.map((row) => row.features),
    );
    const wholeLate = stream.map((row) => row.late);
    expect(stream.length).toBe(metrics.heldOutRows);
    expect(auc(whole, wholeLate)).toBeCloseTo(metrics.heldOutAuc ?? Number.NaN, 3);
  });

  it('probabilities are in range', () => {
    for (const version of versions) {
      expect(scores[version].every((score) => score >= 0 && score <= 1)).toBe(true);
    }
  });

  it.each(prefixes)('first %i rows: v2 changes few answers', (count) => {
    expect(flipShare(count, scores.v1, scores.v2)).toBeLessThanOrEqual(0.03);
  });

  it.each(prefixes)('first %i rows: the unit bug changes many answers', (count) => {
    expect(flipShare(count, scores.v1, scores['v2-units'])).toBeGreaterThanOrEqual(0.05);
  });

  it('the unit bug is v2 with dep_delay times 60', async () => {
    const sample = headFeatures.slice(0, 500);
    const multiplied = await lateScores(
      'v2',
      sample.map(([depDelay = 0, ...rest]) => [depDelay * 60, ...rest]),
    );
    expect(multiplied).toEqual(scores['v2-units'].slice(0, 500));
  });

  it('dep_delay read as 0 changes many answers in every prefix, for all rows and for any fifth of them', async () => {
    const zeroed = await lateScores(
      'v1',
      headFeatures.map(([, ...rest]) => [0, ...rest]),
    );
    for (const count of prefixes) expect(flipShare(count, scores.v1, zeroed)).toBeGreaterThanOrEqual(0.16);
    for (const seed of [1, 2, 3, 4, 5]) {
      const next = pseudoRandom(seed);
      const partly = zeroed.map((score, row) => (next() < 0.2 ? score : at(scores.v1, row)));
      for (const count of prefixes) expect(flipShare(count, scores.v1, partly)).toBeGreaterThanOrEqual(0.025);
    }
  });

  it('all stored features read as 0 move the score of many rows in every prefix', async () => {
    const { inputs } = cards.v1;
    const zeroed = await lateScores(
      'v1',
      headFeatures.map((row) => row.map((value, index) => (inputs[index]?.stored ? 0 : value))),
    );
    for (const count of prefixes) {
      const moved = share(count, (row) => Math.abs(at(zeroed, row) - at(scores.v1, row)) > 0.05);
      expect(moved).toBeGreaterThanOrEqual(0.15);
    }
  });
});
