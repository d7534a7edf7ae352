// SIGKILL at random moments of a whole comparator: whatever it acknowledged is in the counts, once, and the rest is accounted for.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openDatabase } from '../../src/io/store/open-database.ts';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import { isConserved } from '../../src/pipeline/run-context.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { compileEntry, runAndKill } from '../support/run-and-kill.ts';

const kills = 4;

it(`loses nothing and doubles nothing over ${kills} kills`, async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');
  const entry = compileEntry('killable-comparator');
  const acknowledged = new Set<string>();
  for (let kill = 0; kill < kills; kill++) {
    const { lines, errors } = await runAndKill(entry, [path, `p${kill}`], 400);
    expect(errors).toBe('');
    expect(lines.length).toBeGreaterThan(0);
    for (const id of lines) {
      expect(acknowledged.has(id), `${id} was acknowledged twice`).toBe(false);
      acknowledged.add(id);
    }
  }
  const store = createSqliteStore({ path, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
  const runs = store.runs();
  const id = runs[0]?.run.id ?? '';
  const flip = store.streams(id).find(({ hypothesis }) => hypothesis === 'candidate.late.flip');
  const tallies = store.tallies(id);
  for (const one of acknowledged) expect(store.labelsOf(one), `${one} was acknowledged and is gone`).toHaveLength(1);
  const { scored, uncommitted } = store.journalled(id);
  store.close();
  const database = openDatabase(path);
  const count = (sql: string): number => database.prepare(`SELECT count(*) FROM ${sql}`).pluck().get() as number;
  const committed = count('pair_label');
  const givenUp = count('admission WHERE dropped = 1');
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  expect(runs).toHaveLength(1);
  expect(tallies).toHaveLength(2);
  for (const tally of tallies) {
    expect(isConserved({ ...tally, inFlight: 0 })).toBe(true);
    expect(tally.compared + (tally.dropped.late ?? 0)).toBeGreaterThanOrEqual(committed);
    expect(tally.compared).toBeLessThanOrEqual(committed);
    expect(tally.dropped.restart ?? 0).toBe(givenUp);
  }
  expect(scored).toBe(committed + givenUp + uncommitted);
  expect(flip?.counts[0]).toBe(tallies.find(({ arm }) => arm === 'candidate')?.statuses.ok);
  expect(givenUp).toBeGreaterThan(0);
});
