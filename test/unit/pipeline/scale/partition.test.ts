// What becomes of an exchange depends on what stands before it in its partition, and on nothing else.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';
import { createReadExchange } from '../../../../src/pipeline/read-exchange.ts';
import type { Grant, Unit } from '../../../../src/pipeline/scale/messages.ts';
import { createPartition, type Delivered } from '../../../../src/pipeline/scale/partition.ts';
import { exchangeOf } from '../../../support/comparator.ts';
import { createFakeClock, roundMs, settle } from '../../../support/fake-clock.ts';
import { createScaledRun, type ScaledRunForTest } from '../../../support/scaled-run.ts';

const clock = createFakeClock(roundMs);
let scaled: ScaledRunForTest;
beforeAll(async () => {
  scaled = await createScaledRun(clock, (id) => ({ score: Number(id.slice(1)) % 7 === 0 ? 0.1 : 0.9 }));
});

/** An exchange so many seconds after the round moment, or the clock that stands in for one at the end of the partition. */
interface Event {
  readonly type: 'exchange' | 'lift';
  readonly second: number;
  readonly feature: number;
}

const begin: Grant = {
  claim: 'a',
  number: 0,
  position: { offset: 0, watermark: null, lifts: [] },
  closed: {},
  admitted: {},
};

function delivered(offset: number, { second, feature }: Event): Delivered {
  const { decisions, sloLatencyMs } = scaled.deps;
  const codec = (codecs.find(({ name }) => name === 'open-inference-v2') as (typeof codecs)[number]).create({});
  const loggedAt = roundMs + 3_600_000;
  const read = createReadExchange({
    ...{ codec, decisions, sloLatencyMs, readsBatches: false, declaredVersion: null, idHeader: null },
    ...{ findSegments: null, nowMs: () => loggedAt },
  });
  return {
    offset,
    loggedAt,
    seen: read(exchangeOf({ id: `x${offset}` }, { arrivedAt: roundMs + second * 1000, feature })),
  };
}

/** Plays the partition to its end; `crashes` says behind which events whoever owns it dies, published or not. */
async function play(
  events: readonly Event[],
  crashes: readonly { readonly behind: number; readonly isPublished: boolean }[],
) {
  const { run, deps } = scaled;
  const units = new Map<string, Unit>();
  let grant = begin;
  let partition = createPartition(0, grant, deps);
  const publish = (): void => {
    const progress = partition.progress([run]);
    if (progress === null) return;
    for (const unit of progress.units) {
      expect(units.has(String(unit.at))).toBe(false);
      units.set(String(unit.at), unit);
    }
    const { number, position, closed, admitted } = progress;
    grant = {
      ...grant,
      number,
      position,
      closed: { ...grant.closed, ...closed },
      admitted: { ...grant.admitted, ...admitted },
    };
    partition.confirm(progress);
  };
  const log: Delivered[] = [];
  for (const [index, event] of events.entries()) {
    if (event.type === 'lift') partition.liftAt(log.length, roundMs + event.second * 1000, [run]);
    else {
      const next = delivered(log.length, event);
      log.push(next);
      partition.take(next, [run]);
    }
    await settle();
    // What the clock said is only true once it was published.
    const crash = crashes.find(({ behind }) => behind === index);
    if (event.type === 'lift' || crash?.isPublished !== false) publish();
    if (crash === undefined) continue;
    partition = createPartition(0, grant, deps);
    for (const again of log.slice(grant.position.offset)) partition.take(again, [run]);
    await settle();
  }
  partition.liftAt(log.length, roundMs + 3_600_000, [run]);
  publish();
  return { units: [...units.values()], log };
}

const event = fc.record({
  type: fc.constantFrom('exchange', 'exchange', 'exchange', 'exchange', 'lift') as fc.Arbitrary<Event['type']>,
  second: fc.integer({ min: 0, max: 80 }),
  feature: fc.integer({ min: 0, max: 12 }),
});

describe('a partition', () => {
  it('counts the same whoever reads it, and however often they die', async () => {
    const crash = fc.record({ behind: fc.integer({ min: 0, max: 40 }), isPublished: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(event, { minLength: 5, maxLength: 40 }),
        fc.array(crash, { maxLength: 8 }),
        async (events, crashes) => {
          const undisturbed = await play(events, []);
          const disturbed = await play(events, crashes);
          expect(JSON.stringify(disturbed.units)).toBe(JSON.stringify(undisturbed.units));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('says of every exchange what became of it, once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const { units, log } = await play(events, [{ behind: 3, isPublished: false }]);
        const tallies = units.flatMap(({ arms }) => arms.map(({ tally }) => tally));
        const total = (pick: (one: (typeof tallies)[number]) => number): number =>
          tallies.reduce((sum, one) => sum + pick(one), 0);
        expect(total(({ received }) => received)).toBe(log.length);
        expect(
          total(({ compared, skipped, dropped }) => compared + (skipped.duplicate ?? 0) + (dropped.late ?? 0)),
        ).toBe(log.length);
      }),
      { numRuns: 40 },
    );
  });

  it('passes over a record that is delivered twice', async () => {
    const { run, deps } = scaled;
    const partition = createPartition(0, begin, deps);
    const once = delivered(0, { type: 'exchange', second: 1, feature: 1 });
    expect(partition.take(once, [run])).toHaveLength(1);
    expect(partition.take(once, [run])).toHaveLength(0);
  });

  it('leaves what the clock says alone while there is something left to read', () => {
    const { run, deps } = scaled;
    const partition = createPartition(0, begin, deps);
    partition.liftAt(5, roundMs + 60_000, [run]);
    expect(partition.progress([run])).toBeNull();
  });
});
