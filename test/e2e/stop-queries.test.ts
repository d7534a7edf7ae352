// Stop conditions that somebody else measures, on timelines: what is asked before a run, while it lives, after a restart, and after it.
import { describe, expect, it } from 'vitest';
import type { Sight } from '../../src/core/judge/stop-query.ts';
import type { Signals } from '../../src/io/ports.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const stop = '{prometheus: "http://prom:9090", query: errors, above: 0.01, every: 10s, times: 3}';
const trial = {
  arms: { control: '', slow: 'faults: [{delay: 100ms}]' },
  expect: { 'slow.late': 'flip: at most 50%, required: false' },
  settings: { stopWhen: `[${stop}]` },
};
const { running, start } = useComparators(trial);

interface Monitor extends Signals {
  sight: Sight;
  asked: number;
}

function createMonitor(): Monitor {
  const monitor: Monitor = {
    sight: { value: 0 },
    asked: 0,
    read: async () => {
      monitor.asked += 1;
      return monitor.sight;
    },
    close: async () => {},
  };
  return monitor;
}

const met = 'stop condition met: errors above 0.01 (0.5)';

describe('a run with a query as its stop condition', () => {
  it('goes on while the value is within its limit, and is asked about every ten seconds', async () => {
    const monitor = createMonitor();
    const t = await start({ signals: monitor });
    await t.at(95);
    expect(t.run().state).toBe('RUNNING');
    expect(monitor.asked).toBe(1 + 9);
  });

  it('is aborted by three answers in a row, not by two, and nothing is sent or asked any more', async () => {
    const monitor = createMonitor();
    const t = await start({ signals: monitor });
    await t.at(15);
    monitor.sight = { value: 0.5 };
    await t.at(35);
    expect(t.run().state).toBe('RUNNING');
    monitor.sight = { value: 0 };
    await t.at(45);
    monitor.sight = { value: 0.5 };
    await t.at(65);
    expect(t.run().state).toBe('RUNNING');
    await t.at(70);
    expect(t.run()).toMatchObject({ state: 'ABORTED', endReason: met });
    const { asked } = monitor;
    t.deliver('after');
    await t.at(200);
    expect(t.asked.slow).toEqual([]);
    expect(monitor.asked).toBe(asked);
  });

  it('is aborted when nothing usable is answered for three periods', async () => {
    const monitor = createMonitor();
    const t = await start({ signals: monitor });
    await t.at(15);
    monitor.sight = { missing: 'the answer is empty: no series matches' };
    await t.at(38);
    expect(t.run().state).toBe('RUNNING');
    await t.at(40);
    expect(t.run()).toMatchObject({
      state: 'ABORTED',
      endReason:
        'no usable answer to errors above 0.01 for 3 × 10s: it cannot be watched (the answer is empty: no series matches)',
    });
  });

  it('is watched on after a restart', async () => {
    const monitor = createMonitor();
    const t = await start({ signals: monitor });
    await t.at(15);
    monitor.sight = { value: 0.5 };
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(again.run().state).toBe('RUNNING');
    await again.at(44);
    expect(again.run().state).toBe('RUNNING');
    await again.at(46);
    expect(again.run()).toMatchObject({ state: 'ABORTED', endReason: met });
  });

  it('needs no request of production: that is the business of other conditions', async () => {
    const t = await start({ signals: createMonitor() });
    await t.at(300);
    expect(t.run().state).toBe('RUNNING');
  });
});

describe('a run does not start', () => {
  const onRequest = { settings: { ...trial.settings, start: 'on request' } };
  const startError = (t: TestComparator): Promise<unknown> =>
    t.app.comparator.startRun({ experiment: 'trial' }).then(
      () => null,
      (thrown: unknown) => thrown,
    );

  it.each([
    [{ value: 0.5 }, 'its stop condition is met already: errors above 0.01 (0.5)'],
    [
      { missing: 'no answer (connection_refused)' },
      'its stop condition cannot be watched: errors above 0.01: no answer',
    ],
  ])('while %j is seen; and does when all is well again', async (sight, why) => {
    const monitor = createMonitor();
    monitor.sight = sight;
    const t = await start({ ...onRequest, signals: monitor });
    expect(await startError(t)).toMatchObject({
      code: 'RUN_CANNOT_START',
      message: expect.stringContaining(`experiment "trial" cannot start: ${why}`),
    });
    expect(t.app.comparator.runs()).toEqual([]);
    monitor.sight = { value: 0 };
    expect(await startError(t)).toBeNull();
  });

  it('with serve either: it waits, and starts once the value is within its limit', async () => {
    const monitor = createMonitor();
    monitor.sight = { value: 0.5 };
    const t = await start({ signals: monitor });
    await t.at(12);
    expect(t.app.comparator.runs()).toEqual([]);
    monitor.sight = { value: 0 };
    await t.at(20);
    expect(t.app.comparator.runs().map(({ state }) => state)).toEqual(['RUNNING']);
    await t.at(60);
    expect(t.app.comparator.runs()).toHaveLength(1);
  });
});
