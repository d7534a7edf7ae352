// How far a source that can be read again is done with, kept with the counts; and what becomes of what it had handed over at a crash.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import { createComparatorForTest } from '../../../support/comparator.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

it('keeps the newest offset of each partition, over restarts', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');
  const open = () => createSqliteStore({ path, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
  const store = open();
  const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });
  store.saveSourceOffsets([at(0, 5), at(1, 7)]);
  store.saveSourceOffsets([at(0, 6)]);
  store.close();
  const again = open();
  expect(again.sourceOffsets()).toEqual([at(0, 6), at(1, 7)]);
  again.close();
});

it('what comes again by itself is no loss of a restart and is counted when it comes; what does not is dropped', async () => {
  const arms = { control: '', candidate: '' };
  const first = await createComparatorForTest({ arms, expect: { 'candidate.late': 'flip: at most 50%' } });
  const submit = (app: typeof first.app, id: string, comesAgain: boolean, arrivedAt: number) =>
    app.comparator.submit({ ...exchange(id, arrivedAt), comesAgain });
  submit(first.app, 'again', true, first.clock.nowMs());
  submit(first.app, 'gone', false, first.clock.nowMs());
  await first.clock.advance(500);
  const second = await first.crash({ downMs: 1000 });
  await second.clock.advance(1000);
  for (const id of ['again', 'gone']) submit(second.app, id, id === 'again', second.clock.nowMs());
  await second.clock.advance(30_000);
  const [tally] = second.store.tallies(second.run().id);
  expect(tally).toMatchObject({ compared: 1, dropped: { restart: 1 }, skipped: { duplicate: 1 } });
  submit(second.app, 'again', true, second.clock.nowMs());
  await second.clock.advance(30_000);
  expect(second.store.tallies(second.run().id)[0]).toMatchObject({ compared: 1, skipped: { duplicate: 2 } });
  await second.stop();
});

function exchange(id: string, arrivedAt: number) {
  const data = [id.length, arrivedAt];
  const request = { inputs: [{ name: 'f', shape: [1, 2], datatype: 'FP64', data }] };
  const answer = {
    model_name: 'm',
    model_version: 'p1',
    outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }],
  };
  return {
    sourceId: id,
    givenId: id,
    arrivedAt,
    latencyMs: 20,
    request: { method: 'POST', path: '/v2/models/m/infer', headers: {}, body: Buffer.from(JSON.stringify(request)) },
    answer: { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) },
  };
}
