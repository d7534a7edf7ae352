// What can go wrong with the flight models: ten faults, each a change to the model's input, to the model, or to its answer.
import { type Random, randomFor } from '../../../src/core/random.ts';
import { type Column, type Flights, type ModelName, scoresOf } from './flights.ts';

export interface Fault {
  readonly name: string;
  readonly says: string;
  /** Null: the answer does not come from a model. */
  readonly model: ModelName | null;
  /** The row as the model gets it; production's row when absent. */
  readonly change?: (row: readonly number[], place: Place) => number[];
  /** Score and label given instead of a model's. */
  readonly answer?: { readonly score: number };
  readonly swapsLabel?: true;
}

interface Place {
  readonly columns: readonly Column[];
  readonly random: Random;
  /** The row of the flight scheduled `staleBy` flights before. */
  readonly before: readonly number[];
}

/** About two and a half hours of departures. */
const staleBy = 100;
const delay = 0;

function withDelay(change: (delayMinutes: number, random: Random) => number): NonNullable<Fault['change']> {
  return (row, { random }) => row.map((value, column) => (column === delay ? change(value, random) : value));
}

/** The value as one of 256 levels over its declared range, as an 8-bit quantised network reads it. */
function eightBit(value: number, [low, high]: Column['range']): number {
  const step = (high - low) / 255;
  return low + step * Math.round((Math.min(high, Math.max(low, value)) - low) / step);
}

export const faults: readonly Fault[] = [
  {
    name: 'fallback zeros',
    says: 'all nine stored features are 0, as after a store timeout',
    model: 'v1',
    change: (row, { columns }) => row.map((value, column) => (columns[column]?.stored ? 0 : value)),
  },
  { name: 'dep_delay zero', says: 'one feature is 0', model: 'v1', change: withDelay(() => 0) },
  {
    name: 'dep_delay unit',
    says: 'minutes of dep_delay are read as hours',
    model: 'v1',
    change: withDelay((minutes) => 60 * minutes),
  },
  {
    name: 'dep_delay noise',
    says: 'Gaussian noise of sd 5 minutes on dep_delay',
    model: 'v1',
    change: withDelay((minutes, random) => minutes + 5 * random.normal()),
  },
  {
    name: 'stale features',
    says: `stored features of the flight ${staleBy} before`,
    model: 'v1',
    change: (row, { columns, before }) =>
      row.map((value, column) => (columns[column]?.stored ? (before[column] as number) : value)),
  },
  { name: 'retrained v2', says: 'the next model, trained on one more month, answers', model: 'v2' },
  { name: 'v2 with unit bug', says: 'the next model answers, and reads minutes as hours', model: 'v2-units' },
  {
    name: '8-bit inputs',
    says: 'every feature is rounded to 256 levels over its declared range',
    model: 'v1',
    change: (row, { columns }) => row.map((value, column) => eightBit(value, (columns[column] as Column).range)),
  },
  { name: 'label swapped', says: 'the label is the other one, the score is untouched', model: 'v1', swapsLabel: true },
  { name: 'constant answer', says: 'the score is always 0.23', model: null, answer: { score: 0.23 } },
];

/** What the faulty arm answers to every row, before nondeterminism. */
export async function answersUnder(fault: Fault, { flights, seed }: { flights: Flights; seed: string }) {
  const { columns, rows } = flights;
  if (fault.model === null) return new Float64Array(rows.length).fill(fault.answer?.score ?? Number.NaN);
  const changed = rows.map((row, index) => {
    const before = rows[(index - staleBy + rows.length) % rows.length] as readonly number[];
    const random = randomFor(seed, String(index), fault.name);
    return fault.change === undefined ? row : fault.change(row, { columns, random, before });
  });
  return scoresOf(fault.model, changed);
}
