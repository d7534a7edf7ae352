// Evidence is about one pair of versions: a change on either side closes the stream and opens the next with nothing in it.
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = { arms: { candidate: '' }, expect: { 'candidate.late': 'flip: at most 50%, required: false' } };
const { running, start } = useComparators(trial);
const flip = 'candidate.late.flip';

function deliver(t: TestComparator, count: number, production: string | null = 'p1'): void {
  for (let n = 0; n < count; n++) t.deliver({ id: `${t.clock.nowMs()}-${n}-${production}`, version: production });
}

const streamsOf = (t: TestComparator) =>
  t.store
    .streams(t.run().id)
    .filter(({ hypothesis }) => hypothesis === flip)
    .map(({ generation, state, productionVersion, armVersion, counts }) =>
      [generation, state, productionVersion, armVersion, counts[0]].join(' '),
    );

describe('a change of version', () => {
  it('of the arm: the next stream begins with nothing', async () => {
    let version = 'c1';
    const t = await start({ answers: { candidate: () => ({ score: 0.9, version }) } });
    deliver(t, 20);
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', armVersion: 'c1', generation: 1 });
    version = 'c2';
    deliver(t, 3);
    await t.at(23);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', armVersion: 'c2', generation: 2, n: 3 });
    expect(streamsOf(t)).toEqual(['1 SUPERSEDED p1 c1 20', '2 OPEN p1 c2 3']);
    const changes = t.app.comparator
      .verdictChanges(t.run().id)
      .filter(({ hypothesis }) => hypothesis === flip)
      .map(({ from, to, n }) => `${from} ${to} ${n}`);
    expect(changes).toEqual(['UNDECIDED HOLDS 20', 'HOLDS SUPERSEDED 20']);
    // Every hypothesis that counted pairs starts anew, those that nobody wrote too.
    expect(t.run().supersededStreams).toBe(
      t.store.streams(t.run().id).filter(({ state }) => state === 'SUPERSEDED').length,
    );
  });

  it('of production does the same', async () => {
    const t = await start();
    deliver(t, 20, 'p1');
    await t.at(13);
    deliver(t, 4, 'p2');
    await t.at(23);
    expect(streamsOf(t)).toEqual(['1 SUPERSEDED p1 a1 20', '2 OPEN p2 a1 4']);
  });

  it('ends a violation, which is an alert resolved', async () => {
    let version = 'broken';
    const t = await start({
      answers: { candidate: () => ({ score: version === 'broken' ? 0.1 : 0.9, version }) },
      top: { alerts: '[{webhook: "http://127.0.0.1:9"}]' },
    });
    deliver(t, 20);
    await t.at(13);
    expect(t.hypothesis(flip).verdict).toBe('VIOLATED');
    version = 'repaired';
    deliver(t, 20);
    await t.at(23);
    expect(t.hypothesis(flip).verdict).toBe('HOLDS');
    const alerts = t.store.dueAlerts(Number.MAX_SAFE_INTEGER);
    // The firing one comes first; the resolved one waits for it.
    expect(alerts.map(({ alert }) => [alert.key, alert.status])).toEqual([['trial/candidate.late.flip', 'firing']]);
    expect(t.store.undeliveredAlerts()).toBe(2);
  });

  it('inside one bucket splits its pairs in the order of their arrival', async () => {
    let version = 'c1';
    const t = await start({ answers: { candidate: () => ({ score: 0.9, version }) } });
    deliver(t, 5);
    await t.at(1);
    version = 'c2';
    deliver(t, 7);
    await t.at(13);
    expect(streamsOf(t)).toEqual(['1 SUPERSEDED p1 c1 5', '2 OPEN p1 c2 7']);
  });

  it('back and forth, as behind a mixed fleet, never adds up one version’s evidence to the other’s', async () => {
    const version = (id: string): string => (id.charCodeAt(14) % 2 === 0 ? 'even' : 'odd');
    const t = await start({ answers: { candidate: (id) => ({ score: 0.9, version: version(id) }) } });
    for (let bucket = 0; bucket < 3; bucket++) {
      await t.at(10 * bucket);
      for (let n = 0; n < 10; n++) t.deliver({ id: `${t.clock.nowMs()}-${n}` });
    }
    await t.at(33);
    for (const line of streamsOf(t)) expect(line).toMatch(/^\d+ \w+ p1 (even|odd) 5$/);
    expect(streamsOf(t)).toHaveLength(6);
    expect(t.hypothesis(flip).verdict).toBe('UNDECIDED');
  });
});

describe('an unknown version', () => {
  it('learns its name without losing its evidence', async () => {
    let version: string | null = null;
    const t = await start({ answers: { candidate: () => ({ score: 0.9, version }) } });
    deliver(t, 5, null);
    await t.at(13);
    expect(streamsOf(t)).toEqual(['1 OPEN unknown unknown 5']);
    version = 'c1';
    deliver(t, 5, 'p1');
    await t.at(23);
    expect(streamsOf(t)).toEqual(['1 OPEN p1 c1 10']);
  });

  it('of an arm that fails is the one it last answered with, over a restart too', async () => {
    let isDown = false;
    const expected = { candidate: 'timeout: at most 50%, required: false' };
    const answers = {
      candidate: () => (isDown ? ({ fails: 'timeout' } as const) : { score: 0.9, version: 'c1' }),
    };
    const t = await start({ expect: expected, answers });
    deliver(t, 5);
    await t.at(13);
    isDown = true;
    const again = await t.crash();
    running.splice(0, 1, again);
    deliver(again, 5);
    await again.at(23);
    const timeouts = again.hypothesis('candidate.timeout');
    expect(timeouts).toMatchObject({ armVersion: 'c1', generation: 1, n: 10, estimate: 0.5 });
    expect(again.run().arms[0]?.version).toBe('c1');
  });
});
