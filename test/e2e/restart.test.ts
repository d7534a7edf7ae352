// A crash at any moment: what was committed stays, what was journalled is dropped and never asked again, and the verdicts are
// those of a comparator that never died. A crash here is a copy of the files as they lie on the disk, opened by another.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../src/io/store-port.ts';
import type { TestComparator } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 30%', candidate: 'error: no more than control + 20%, required: false' },
  settings: { maxTime: '20m' },
};
const { running, start } = useComparators(trial);

async function crash(t: TestComparator, changes: Parameters<TestComparator['crash']>[0] = {}): Promise<TestComparator> {
  const again = await t.crash(changes);
  running.splice(running.indexOf(t), 1, again);
  return again;
}

/** Everything that evidence rests on, without the run's random id. */
function evidenceOf(t: TestComparator): string {
  const { id } = t.run();
  const streams = t.store.streams(id).map(({ id: _, run: __, ...stream }) => stream);
  const changes = t.store.verdictChanges(id).map(({ streamId: _, runId: __, ...change }) => change);
  return JSON.stringify({ streams, changes });
}

describe('a crash', () => {
  it('loses what was in flight, says so, and asks nobody about it again', async () => {
    const t = await start();
    for (let n = 0; n < 5; n++) t.deliver(`counted ${n}`);
    await t.at(11);
    for (let n = 0; n < 3; n++) t.deliver(`in flight ${n}`);
    await t.at(13);
    const asked = t.asked.candidate?.length;
    const again = await crash(t);
    expect(again.run().arms[1]?.conservation).toEqual({
      received: 8,
      compared: 5,
      skipped: {},
      dropped: { restart: 3 },
      inFlight: 0,
    });
    // What was in flight is paid for: the budget has to fill again.
    await again.at(13.01);
    for (const id of ['counted 1', 'in flight 1']) again.deliver(id);
    await again.at(40);
    expect(again.asked.candidate).toHaveLength(asked ?? 0);
    expect(again.run().arms[1]?.conservation).toMatchObject({ compared: 5, skipped: { duplicate: 2 } });
  });

  it('right after a crash reports the same losses once more and no more', async () => {
    const t = await start();
    for (let n = 0; n < 3; n++) t.deliver(`${n}`);
    await t.at(1);
    const twice = await crash(await crash(t));
    expect(twice.run().arms[0]?.conservation).toMatchObject({ received: 3, dropped: { restart: 3 } });
    await twice.at(40);
    const thrice = await crash(twice);
    expect(thrice.run().arms[0]?.conservation).toMatchObject({ received: 3, dropped: { restart: 3 }, compared: 0 });
  });

  it('forgets no pair that was admitted when maxPairs is counted', async () => {
    const t = await start({ settings: { maxPairs: '10' } });
    for (let n = 0; n < 4; n++) t.deliver(`first ${n}`);
    await t.at(5);
    const again = await crash(await crash(t));
    for (let n = 0; n < 9; n++) again.deliver(`second ${n}`);
    await again.at(13);
    expect(again.run()).toMatchObject({ state: 'COMPLETED', endReason: 'max_pairs' });
    expect(again.run().arms[0]?.conservation).toMatchObject({ compared: 6, dropped: { restart: 4 } });
  });

  it('between two buckets changes no count, no verdict and no moment of decision', async () => {
    const wrong = (id: string): boolean => Number(id) % 7 === 0;
    const answers = { candidate: (id: string) => ({ score: wrong(id) ? 0.1 : 0.9 }) };
    const script = fc.record({
      perBucket: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 3, maxLength: 6 }),
      crashes: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(script, async ({ perBucket, crashes }) => {
        const play = async (crashesAfter: readonly number[]): Promise<string> => {
          let t = await start({ answers });
          for (const [bucket, count] of perBucket.entries()) {
            // Its bucket is closed before the next exchange comes, so that a crash there finds nothing in flight.
            await t.at(bucket * 20);
            for (let n = 0; n < count; n++) t.deliver(`${bucket * 100 + n}`);
            await t.at(bucket * 20 + 13);
            if (crashesAfter.includes(bucket)) t = await crash(t, { downMs: 1000 });
          }
          return evidenceOf(t);
        };
        expect(await play(crashes)).toBe(await play([]));
      }),
      { numRuns: 8 },
    );
  });

  it('at any moment leaves exactly the closed buckets, as if the rest had never come', async () => {
    const answers = {
      candidate: (id: string) => ({ score: id.endsWith('3') ? 0.1 : 0.9, afterMs: (id.length * 137) % 900 }),
    };
    const script = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 4000 }),
        crashes: fc.boolean(),
        count: fc.integer({ min: 0, max: 6 }),
      }),
      { minLength: 4, maxLength: 14 },
    );
    await fc.assert(
      fc.asyncProperty(script, async (steps) => {
        let t = await start({ answers, expect: { 'candidate.late': 'flip: at most 30%, required: false' } });
        let sent = 0;
        const deliveries: { id: string; at: number }[] = [];
        for (const { waitMs, crashes, count } of steps) {
          await t.clock.advance(waitMs);
          for (let n = 0; n < count; n++) {
            sent += 1;
            deliveries.push({ id: `x${sent}`, at: (t.clock.nowMs() - roundMs) / 1000 });
            t.deliver(`x${sent}`);
          }
          if (crashes && count < 5) t = await crash(t);
        }
        await t.clock.advance(30_000);
        const committed = deliveries.filter(({ id }) => t.store.labelsOf(id).length === 1);
        const unbroken = await start({ answers, expect: { 'candidate.late': 'flip: at most 30%, required: false' } });
        for (const { id, at } of committed) {
          await unbroken.at(at);
          unbroken.deliver(id);
        }
        await unbroken.clock.advanceTo(t.clock.nowMs());
        expect(evidenceOf(t)).toBe(evidenceOf(unbroken));
        const arm = t.run().arms[1];
        expect(arm?.conservation.compared).toBe(committed.length);
        expect(new Set(t.asked.candidate).size).toBe(t.asked.candidate?.length);
      }),
      { numRuns: 8 },
    );
  });
});

describe('a commit that fails', () => {
  const failing =
    (times: { left: number }) =>
    (store: Store): Store => ({
      ...store,
      commit: (closing, options) => {
        if (times.left > 0) {
          times.left -= 1;
          throw new Error('the disk is full');
        }
        store.commit(closing, options);
      },
    });

  it('loses nothing: the very next tick commits all of it', async () => {
    const times = { left: 0 };
    const t = await start({ wrapStore: failing(times) });
    const received = t.deliver('a');
    let isAcknowledged = false;
    void received.committed.then(() => {
      isAcknowledged = true;
    });
    await t.at(12.9);
    times.left = 2;
    await t.at(13);
    expect(t.store.labelsOf('a')).toEqual([]);
    expect(isAcknowledged).toBe(false);
    // Nobody may pass a gate on what only memory knows.
    const gate = t.app.comparator.gate({ run: t.run().id, experiment: null, nonce: null });
    expect(gate.reasons).toContain('the newest evidence could not be stored yet');
    await t.at(13.5);
    expect(t.store.labelsOf('a')).toHaveLength(1);
    expect(isAcknowledged).toBe(true);
    expect(t.store.tallies(t.run().id)[0]).toMatchObject({ received: 1, compared: 1 });
    expect(t.errors.splice(0).map(({ message }) => message)).toEqual([
      'closing buckets failed',
      'closing buckets failed',
    ]);
  });

  it('and a crash before the next one drop that bucket, whole', async () => {
    const times = { left: 0 };
    const t = await start({ wrapStore: failing(times) });
    t.deliver('a');
    times.left = 1000;
    await t.at(15);
    t.errors.splice(0);
    const again = await crash(t, { wrapStore: (store) => store });
    await again.at(40);
    expect(again.run().arms[0]?.conservation).toMatchObject({ received: 1, compared: 0, dropped: { restart: 1 } });
    expect(again.hypothesis('candidate.late.flip').n).toBe(0);
  });

  it('at the end of a run keeps its end until it can be told', async () => {
    const times = { left: 0 };
    const t = await start({ wrapStore: failing(times) });
    times.left = 1;
    expect(() => t.app.comparator.stopRun(t.run().id, 'enough')).toThrow('the disk is full');
    await t.at(1);
    expect(t.store.runs()[0]?.run).toMatchObject({ state: 'STOPPED', endReason: 'enough' });
    expect(t.app.comparator.health().activeRuns).toBe(0);
  });
});

describe('a journal that fails', () => {
  it('drops the exchange as our own loss and asks nobody, in warm-up too', async () => {
    let fails = false;
    const wrapStore = (store: Store): Store => ({
      ...store,
      admit: (admissions) => {
        if (fails) throw new Error('the disk is full');
        return store.admit(admissions);
      },
    });
    const t = await start({ wrapStore, settings: { warmUp: '2' } });
    fails = true;
    const inWarmUp = t.deliver('a');
    await t.at(1);
    expect(Object.values(inWarmUp.fates())).toEqual(['dropped: store_failed']);
    fails = false;
    t.deliver('b');
    t.deliver('c');
    await t.at(2);
    expect(t.run().state).toBe('RUNNING');
    fails = true;
    const scored = t.deliver('d');
    await t.at(3);
    expect(Object.values(scored.fates())).toEqual(['dropped: store_failed']);
    await t.at(13);
    expect(t.run().arms[0]?.conservation).toEqual({
      received: 4,
      compared: 0,
      skipped: { warm_up: 2 },
      dropped: { store_failed: 2 },
      inFlight: 0,
    });
    expect(t.asked.candidate).toEqual(['b', 'c']);
    expect(t.errors.splice(0)).toHaveLength(2);
  });
});
