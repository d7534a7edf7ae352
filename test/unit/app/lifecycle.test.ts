// How a comparator ends by order and goes on: nothing acknowledged is lost, nothing is sent any more, and one run that cannot
// go on keeps no other from it.
import { afterEach, describe, expect, it } from 'vitest';
import type { RawExchange } from '../../../src/model.ts';
import { createComparatorForTest, type TestComparator, type TestComparatorOptions } from '../../support/comparator.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%, required: false' },
};
const running: TestComparator[] = [];

async function start(options: Partial<TestComparatorOptions> = {}): Promise<TestComparator> {
  const comparator = await createComparatorForTest({ ...trial, ...options });
  running.push(comparator);
  return comparator;
}

afterEach(async () => {
  for (const comparator of running.splice(0)) await comparator.stop();
});

describe('stopping', () => {
  it('keeps what was skipped since the last bucket, and journals what was admitted last', async () => {
    const t = await start();
    t.deliver({ id: 'failed', status: 500 });
    t.deliver('admitted');
    await t.stop();
    running.splice(0);
    expect(t.asked.candidate).toEqual([]);
    const again = await start({ from: { directory: t.directory, nowMs: t.clock.nowMs(), asked: t.asked } });
    expect(again.run().arms[0]?.conservation).toEqual({
      received: 2,
      compared: 0,
      skipped: { production_failed: 1 },
      dropped: { restart: 1 },
      inFlight: 0,
    });
    again.deliver('admitted');
    await again.at(30);
    expect(again.asked.candidate).toEqual([]);
    expect([...t.errors, ...again.errors]).toEqual([]);
  });
});

describe('a source', () => {
  it('may hand over anything: what cannot be taken is counted, and nothing is thrown', async () => {
    let deliver: (exchange: RawExchange) => void = () => {};
    const source = {
      name: 'test',
      start: async (given: typeof deliver) => {
        deliver = given;
      },
      stop: async () => {},
      losses: () => ({}),
    };
    const t = await start({ sources: [source] });
    expect(() => deliver({ sourceId: 'x' } as unknown as RawExchange)).not.toThrow();
    expect(t.app.comparator.health().ignored).toEqual({ unreadable: 1 });
    expect(t.errors.map(({ message }) => message)).toEqual(['an exchange could not be taken']);
  });
});

describe('resuming', () => {
  const top = { alerts: '[{webhook: "http://127.0.0.1:9"}]' };
  const settings = { candidates: '["http://127.0.0.1:*"]', start: 'on request' };

  it('keeps the candidate that a run was started for', async () => {
    const t = await start({ settings });
    const { id } = await t.app.comparator.startRun({
      experiment: 'trial',
      candidate: 'http://127.0.0.1:4711',
      ref: 'c1',
    });
    const again = await t.crash();
    running.splice(0, 1, again);
    const { definition, candidate, endedAt } = again.store.run(id)?.run ?? {};
    expect(definition?.arms[1]?.target).toMatchObject({ url: 'http://127.0.0.1:4711' });
    expect({ candidate, endedAt }).toMatchObject({ candidate: { ref: 'c1' }, endedAt: null });
  });

  it('aborts the run whose candidate is no longer allowed, says so, and goes on with the rest', async () => {
    const t = await start({ settings, top });
    const { id } = await t.app.comparator.startRun({ experiment: 'trial', candidate: 'http://127.0.0.1:4711' });
    await t.at(1);
    t.deliver('in flight');
    await t.at(2);
    const again = await t.crash({ settings: { ...settings, candidates: '["http://10.0.0.1:*"]' } });
    running.splice(0, 1, again);
    expect(again.app.comparator.run(id)).toMatchObject({
      state: 'ABORTED',
      endReason: expect.stringMatching(/^it could not be resumed: .*4711 matches none of the candidates/),
    });
    expect(again.store.dueAlerts(Number.MAX_SAFE_INTEGER).map(({ alert }) => alert.key)).toEqual(['trial/run']);
    expect(again.store.journalled(id).uncommitted).toBe(0);
    await again.app.comparator.startRun({ experiment: 'trial' });
    expect(again.run().state).toBe('WARMING');
  });
});
