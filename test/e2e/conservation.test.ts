// received = compared + skipped + dropped + in flight, exactly, at every tick, whatever happens; and every number is the one that
// somebody who only watched from outside would have counted.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isConserved } from '../../src/pipeline/run-context.ts';
import { createComparatorForTest, type Delivery, type TestComparator } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import type { Script } from '../support/scripted-target.ts';

const bucketMs = 10_000;
const joinMs = 3000;
const armDeadlineMs = 2000;
const tickMs = 200;
const journalMs = 20;

/** What an arm does with an exchange is written in the exchange's id. */
const scripts: Readonly<Record<string, Script>> = {
  same: { score: 0.9 },
  flip: { score: 0.1 },
  slow: { score: 0.9, afterMs: 1500 },
  error: { fails: 'error' },
  gone: { fails: 'unavailable' },
  garbage: 'garbage',
  never: 'never',
  throws: 'throws',
};
const kinds = Object.keys(scripts);
const answersOf = (id: string): Script => scripts[id.split('_')[1] ?? ''] ?? 'never';

type Step =
  | { readonly wait: number }
  | {
      readonly deliver: Omit<Delivery, 'id' | 'at'> & {
        readonly kind: string;
        readonly ageMs: number;
        readonly reuse: boolean;
      };
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 6000 }) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      deliver: fc.record({
        kind: fc.constantFrom(...kinds),
        ageMs: fc.oneof(fc.constant(0), fc.integer({ min: -20_000, max: 25_000 })),
        feature: fc.integer({ min: 1, max: 4000 }),
        status: fc.constantFrom(200, 200, 200, 200, 500),
        rows: fc.constantFrom(1, 1, 1, 2),
        reuse: fc.constantFrom(false, false, false, true),
      }),
    }),
  },
);

interface Expected {
  readonly skipped: Record<string, number>;
  readonly statuses: Record<string, number>;
  dropped: number;
  received: number;
  compared: number;
  flips: number;
}

type Told = Delivery & { readonly kind: string };

/** The same story told by the rules alone: no buckets in memory, no promises, only arithmetic on the script. */
function createRecount() {
  const expected: Expected = { skipped: {}, statuses: {}, dropped: 0, received: 0, compared: 0, flips: 0 };
  const known = new Set<string>();
  const asked = new Set<string>();
  const fateOf = ({ id, at = 0, feature, status, rows, kind }: Told, nowMs: number): string => {
    const arrivedAt = roundMs + at * 1000;
    if (arrivedAt > nowMs + 30_000) return 'refused';
    if (status !== 200) return 'production_failed';
    if (rows !== 1) return 'batch';
    const bucket = Math.floor(arrivedAt / bucketMs);
    const closesAt = (bucket + 1) * bucketMs + joinMs;
    if (closesAt <= nowMs) return 'dropped';
    const question = `${bucket} ${feature}`;
    if (asked.has(question)) return 'duplicate';
    asked.add(question);
    if (known.has(id)) return 'duplicate';
    known.add(id);
    // Arms are asked when the id is on the disk; a target that rejects is our own failure.
    if (closesAt - (nowMs + journalMs) < armDeadlineMs || kind === 'throws') return 'dropped';
    return 'compared';
  };
  const deliver = (told: Told, nowMs: number): void => {
    const fate = fateOf(told, nowMs);
    if (fate === 'refused') return;
    expected.received += 1;
    if (fate === 'dropped') expected.dropped += 1;
    else if (fate === 'compared') {
      expected.compared += 1;
      const status = statusOf(told.kind);
      expected.statuses[status] = (expected.statuses[status] ?? 0) + 1;
      if (told.kind === 'flip') expected.flips += 1;
    } else expected.skipped[fate] = (expected.skipped[fate] ?? 0) + 1;
  };
  return { expected, deliver };
}

function statusOf(kind: string): string {
  const named: Record<string, string> = { never: 'timeout', gone: 'unavailable', garbage: 'invalid', error: 'error' };
  return named[kind] ?? 'ok';
}

function check(t: TestComparator): void {
  for (const arm of t.run().arms) expect(isConserved(arm.conservation), JSON.stringify(arm.conservation)).toBe(true);
}

it('holds at every tick of any story, and equals an independent recount', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 35 }), async (steps) => {
      const t = await createComparatorForTest({
        arms: { control: '', candidate: '' },
        expect: { 'candidate.late': 'flip: at most 50%, required: false' },
        answers: { candidate: answersOf },
      });
      const recount = createRecount();
      const ids: string[] = [];
      for (const one of steps) {
        if ('wait' in one) {
          for (let waited = 0; waited < one.wait; waited += tickMs) {
            await t.clock.advance(Math.min(tickMs, one.wait - waited));
            check(t);
          }
          continue;
        }
        const { kind, ageMs, reuse, ...rest } = one.deliver;
        const fresh = `${ids.length}_${kind}`;
        const id = reuse ? (ids.at(-3) ?? fresh) : fresh;
        ids.push(id);
        const at = (t.clock.nowMs() - ageMs - roundMs) / 1000;
        const delivery = { id, at, ...rest };
        t.deliver(delivery);
        recount.deliver({ ...delivery, kind: id.split('_')[1] ?? kind }, t.clock.nowMs());
        check(t);
      }
      await t.clock.advance(60_000);
      check(t);
      const { expected } = recount;
      const candidate = t.run().arms[1];
      expect(candidate?.conservation).toMatchObject({
        received: expected.received,
        compared: expected.compared,
        skipped: expected.skipped,
        inFlight: 0,
      });
      expect(candidate?.conservation.dropped.late ?? 0).toBe(expected.dropped);
      expect(candidate?.statuses).toEqual(expected.statuses);
      const flips = t.hypothesis('candidate.late.flip');
      expect(flips.n).toBe(expected.statuses.ok ?? 0);
      expect(Math.round((flips.estimate ?? 0) * flips.n)).toBe(expected.flips);
      // Whoever reads the file sees the same.
      const stored = t.store.tallies(t.run().id).find(({ arm }) => arm === 'candidate');
      expect(stored).toMatchObject({ received: expected.received, compared: expected.compared });
      expect(t.errors.filter(({ message }) => message !== 'an arm could not be asked')).toEqual([]);
      await t.stop();
    }),
    { numRuns: 20 },
  );
});

it('holds through the end of a run, with everything still in flight skipped', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 12 }), async (waits) => {
      const t = await createComparatorForTest({
        arms: { candidate: '' },
        expect: { 'candidate.late': 'flip: at most 50%, required: false' },
        answers: { candidate: () => ({ score: 0.9, afterMs: 700 }) },
      });
      for (const [n, wait] of waits.entries()) {
        t.deliver(`${n}`);
        await t.clock.advance(wait);
      }
      t.deliver('in the journal’s queue');
      t.app.comparator.stopRun(t.run().id, 'enough');
      check(t);
      const frozen = t.run();
      await t.clock.advance(30_000);
      expect(t.run()).toEqual(frozen);
      const { received, compared, skipped, dropped } = frozen.conservation;
      expect([received, dropped]).toEqual([waits.length + 1, {}]);
      expect(compared + (skipped.run_ended ?? 0)).toBe(received);
      expect(t.errors).toEqual([]);
      await t.stop();
    }),
    { numRuns: 10 },
  );
});
