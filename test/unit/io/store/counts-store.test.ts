// What the judge keeps of the log of counts: written to a file, read again by another connection, all of a change or nothing.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const path = join(mkdtempSync(join(tmpdir(), 'penumbra-counts-store-')), 'penumbra.db');
const open = () => createSqliteStore({ path, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
const unit = (at: number) => ({ run: 'r', at, partition: 3, unit: { counted: at } });

it('keeps the place in the log, every partition and every unit that is not merged yet', () => {
  const store = open();
  store.commitCounts(() => ({
    offset: 7,
    partitions: [{ partition: 3, state: { next: 40 } }],
    added: [unit(1), unit(2)],
    removed: [],
  }));
  store.commitCounts(() => ({
    offset: 9,
    partitions: [{ partition: 3, state: { next: 55 } }],
    added: [],
    removed: [{ run: 'r', at: 1, partition: 3 }],
  }));
  store.close();
  const again = open();
  expect(again.counts()).toEqual({ offset: 9, partitions: [{ partition: 3, state: { next: 55 } }], units: [unit(2)] });
  const broken = () => {
    throw new Error('in the middle of a change');
  };
  expect(() => again.commitCounts(broken)).toThrow('in the middle');
  expect(again.counts().offset).toBe(9);
  again.close();
});
