// An experiment with a schedule, on a timeline that begins at 23:00 UTC: it starts by itself, ends after its time, once at a time, and
// never against the kill switch.
import { describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/server.ts';
import { createLog } from '../../src/io/log.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const comparators = useComparators({
  arms: { control: '', zeroed: 'perturb: [{zero: speed}]' },
  expect: { 'zeroed.late': 'flip: at most 5%' },
  top: { bucket: '1s' },
  settings: {
    stopWhen: '[production.p99 above 1s]',
    schedule: '{at: "1-59/2 * * * *", zone: Europe/Berlin, for: 30s}',
  },
});

const states = (t: TestComparator) => t.app.comparator.runs().map(({ state, endReason }) => [state, endReason]);

async function traffic(t: TestComparator, { from, to }: { from: number; to: number }): Promise<void> {
  for (let second = from; second < to; second++) {
    await t.at(second);
    t.deliver(`r${second}`);
  }
}

describe('an experiment with a schedule', () => {
  it('starts at its times and not with serve, and each run ends after its own time', async () => {
    const t = await comparators.start();
    expect(t.app.comparator.runs()).toEqual([]);
    await traffic(t, { from: 1, to: 63 });
    expect(states(t)).toEqual([['RUNNING', null]]);
    await traffic(t, { from: 63, to: 300 });
    expect(states(t)).toEqual([
      ['COMPLETED', 'max_time'],
      ['COMPLETED', 'max_time'],
    ]);
    const [{ schedule } = {}] = t.app.comparator.experiments();
    expect(schedule).toMatchObject({ started: 2, overlapped: 0, missed: 0, failed: 0 });
    expect(schedule?.nextAt).toBe(t.clock.nowMs() + 1000);
  });

  it('skips a start while a run goes on, and says so over the API', async () => {
    const t = await comparators.start();
    await t.at(50);
    await t.app.comparator.startRun({ experiment: 'trial' });
    await traffic(t, { from: 51, to: 62 });
    expect(states(t)).toEqual([['RUNNING', null]]);
    const log = createLog('silent');
    const api = await createApi({ comparator: t.app.comparator, token: null, version: 'test', log });
    const { statusCode, body } = await api.inject({ url: '/v1/experiments', headers: { host: 'localhost' } });
    await api.close();
    expect([statusCode, JSON.parse(body).experiments[0].schedule]).toEqual([
      200,
      expect.objectContaining({ zone: 'Europe/Berlin', started: 0, overlapped: 1 }),
    ]);
  });

  it('starts nothing while the kill switch is engaged, and goes on with the next time after', async () => {
    const t = await comparators.start();
    t.app.comparator.kill('a quiet night');
    await t.at(65);
    expect(t.app.comparator.runs()).toEqual([]);
    expect(t.errors.splice(0).map(({ message }) => message)).toEqual(['a scheduled start failed']);
    t.app.comparator.releaseKill('morning');
    await t.at(181);
    expect(states(t)).toEqual([['RUNNING', null]]);
  });
});
