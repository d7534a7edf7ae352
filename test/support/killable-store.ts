// A store in a process of its own, for a test that kills it: admits and commits in a loop, as fast as it can, and prints each
// batch once the store has returned. Usage: killable-store DATABASE PREFIX
import { writeSync } from 'node:fs';
import { systemClock } from '../../src/io/clock.ts';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import type { Run, Stream } from '../../src/model.ts';

const [path, prefix] = process.argv.slice(2);
if (path === undefined || prefix === undefined) throw new Error('requires a database and a prefix');

const store = createSqliteStore({ path, clock: systemClock, sinks: ['receiver'], maxSamplesPerArm: 5 });
const run = { id: 'r', experiment: 'e', state: 'RUNNING', startedAt: 1 } as Run;
let bucket = store.run('r')?.closedUntil ?? 0;
let counted = store.streams('r')[0]?.counts[0] ?? 0;

for (let batch = 0; ; batch++) {
  const given = Array.from({ length: 10 }, (_, n) => (n === 0 ? `shared-${batch % 50}` : `${prefix}-${batch}-${n}`));
  const known = store.admit(given.map((exchangeId) => ({ runId: 'r', exchangeId, bucketAt: bucket })));
  const ids = given.filter((_, position) => !known.has(position));
  writeSync(1, `admitted ${ids.join(' ')}\n`);
  counted += ids.length;
  store.commit({
    run,
    closedUntil: bucket + 1,
    streams: [{ id: 's', run: 'r', counts: [counted, 0] } as unknown as Stream],
    tallies: [],
    verdictChanges: [],
    labels: ids.map((exchangeId) => ({ runId: 'r', exchangeId, at: bucket, production: {}, arms: {} })),
    samples: [],
    alerts: [],
  });
  writeSync(1, `committed ${ids.join(' ')}\n`);
  bucket += 1;
}
