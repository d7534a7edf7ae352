// What leaves the comparator about a divergence: an alert with a stable key, and a few redacted samples.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/model.ts';
import { databaseName, type TestComparator } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%, required: false' },
  answers: { candidate: () => ({ score: 0.1 }) as const },
};
const { running, start } = useComparators(trial);

function deliver(t: TestComparator, count: number): void {
  for (let n = 0; n < count; n++) t.deliver(`${t.clock.nowMs()}-${n}`);
}

describe('an alert', () => {
  /** Nobody listens there: alerts stay in the outbox, where we look. */
  const top = { alerts: '[{webhook: "http://127.0.0.1:9"}]' };

  /** Everything in the outbox, in order, by settling what is due. */
  function drain(t: TestComparator): Alert[] {
    const alerts: Alert[] = [];
    for (;;) {
      const due = t.store.dueAlerts(Number.MAX_SAFE_INTEGER);
      if (due.length === 0) return alerts;
      for (const { id, alert } of due) {
        alerts.push(alert);
        t.store.settleAlerts([id], { delivered: true, retryAtMs: null, detail: '' });
      }
    }
  }

  it('fires once when a limit is proven broken, says by how much, and resolves when the run ends', async () => {
    const t = await start({ top });
    deliver(t, 20);
    await t.at(13);
    deliver(t, 20);
    await t.at(33);
    const { id } = t.run();
    t.app.comparator.stopRun(id, 'seen enough');
    const alerts = drain(t);
    expect(alerts).toMatchObject([
      {
        key: 'trial/candidate.late.flip',
        status: 'firing',
        run: id,
        arm: 'candidate',
        summary: expect.stringMatching(/^flip rate 100 % .* is over the limit of 50 %/),
        at: roundMs + 13_000,
      },
      { key: 'trial/candidate.late.flip', status: 'resolved', summary: `run ${id} ended (seen enough)` },
    ]);
  });

  it('has the same key in the next run, so that people see one incident', async () => {
    const t = await start({ top, settings: { maxPairs: '20' } });
    deliver(t, 20);
    await t.at(13);
    await t.app.comparator.startRun({ experiment: 'trial' });
    await t.at(14);
    deliver(t, 20);
    await t.at(33);
    const alerts = drain(t);
    expect(alerts.map(({ status }) => status)).toEqual(['firing', 'resolved', 'firing', 'resolved']);
    expect(new Set(alerts.map(({ key }) => key)).size).toBe(1);
    expect(new Set(alerts.map(({ run }) => run)).size).toBe(2);
  });

  it('is on the disk together with the verdict that raised it', async () => {
    const t = await start({ top });
    deliver(t, 20);
    await t.at(13);
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(again.hypothesis('candidate.late.flip').verdict).toBe('VIOLATED');
    expect(drain(again)).toMatchObject([{ status: 'firing' }]);
  });

  it('tells of an abort', async () => {
    const t = await start({ top, settings: { stopWhen: '[production.errors above 5%]' } });
    await t.at(31);
    expect(drain(t)).toMatchObject([
      { key: 'trial/run', status: 'firing', arm: null, summary: expect.stringContaining('was aborted: no production') },
    ]);
    await t.app.comparator.startRun({ experiment: 'trial' });
    const { id } = t.run();
    await t.at(32);
    const summary = `run ${id} of trial compares again`;
    expect(drain(t)).toMatchObject([
      { key: 'trial/run', status: 'resolved', severity: 'ticket', cause: 'run', summary },
    ]);
    expect(t.store.firingAlerts()).toEqual([]);
  });

  it('is as grave as the config says, and says whether the control itself is over its limit', async () => {
    const expecting = {
      'candidate.late': 'flip: at most 50%, required: false, notify: ticket',
      'control.late': 'flip: at most 50%, required: false',
    };
    const answers = { candidate: () => ({ score: 0.1 }), control: () => ({ score: 0.1 }) } as const;
    const t = await start({ top, expect: expecting, answers });
    deliver(t, 20);
    await t.at(13);
    expect(drain(t).toSorted((one, other) => (one.key < other.key ? -1 : 1))).toMatchObject([
      { key: 'trial/candidate.late.flip', severity: 'ticket', cause: 'arm' },
      { key: 'trial/control.late.flip', severity: 'page', cause: 'control' },
    ]);
  });

  it('is not raised where nobody is to hear of it; the verdict is shown all the same', async () => {
    const t = await start({ top, expect: { 'candidate.late': 'flip: at most 50%, required: false, notify: none' } });
    deliver(t, 20);
    await t.at(13);
    expect(t.hypothesis('candidate.late.flip')).toMatchObject({ verdict: 'VIOLATED', notify: 'none' });
    t.app.comparator.stopRun(t.run().id, 'seen enough');
    expect(drain(t)).toEqual([]);
  });
});

describe('samples', () => {
  it('are few per arm, and only of pairs that differ', async () => {
    const t = await start({ top: { samples: '{maxPerRun: 3}' } });
    deliver(t, 20);
    await t.at(13);
    const { id } = t.run();
    expect(t.app.comparator.samples(id, 'candidate')).toHaveLength(3);
    expect(t.app.comparator.samples(id, 'control')).toEqual([]);
    expect(t.app.comparator.samples(id, null)).toHaveLength(3);
    const again = await t.crash();
    running.splice(0, 1, again);
    deliver(again, 20);
    await again.at(33);
    expect(again.app.comparator.samples(id, 'candidate')).toHaveLength(3);
  });

  it('show the declared features and both predictions, and nothing else of the request reaches the disk', async () => {
    const t = await start();
    const canary = 'canary-8f1e';
    const body = {
      inputs: [
        { name: 'f', shape: [1, 2], datatype: 'FP64', data: [12.5, 987654.25] },
        { name: 'entity_key', shape: [1], datatype: 'BYTES', data: [`key-${canary}`] },
      ],
      parameters: { note: canary },
    };
    const answer = { outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }], parameters: { canary } };
    t.app.comparator.submit({
      sourceId: 'a',
      arrivedAt: t.clock.nowMs(),
      latencyMs: 1,
      request: {
        method: 'POST',
        path: `/v2/models/m/infer?token=${canary}`,
        headers: { authorization: `Bearer ${canary}`, cookie: canary },
        body: Buffer.from(JSON.stringify(body)),
      },
      answer: { status: 200, headers: { 'set-cookie': canary }, body: Buffer.from(JSON.stringify(answer)) },
    });
    await t.at(13);
    const [sample] = t.app.comparator.samples(t.run().id, 'candidate');
    expect(sample).toMatchObject({ what: 'late: true became false', features: { speed: 12.5 } });
    expect(Object.keys(sample ?? {}).toSorted()).toEqual(
      ['answer', 'arm', 'at', 'exchangeId', 'features', 'production', 'runId', 'what'].toSorted(),
    );
    for (const suffix of ['', '-wal']) {
      const file = join(t.directory, databaseName + suffix);
      const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
      expect(bytes.includes(canary), `${suffix} holds the canary`).toBe(false);
      expect(bytes.includes('987654.25'), `${suffix} holds an undeclared feature`).toBe(false);
    }
  });

  it('hold no features at all when the config says so', async () => {
    const t = await start({ top: { samples: '{features: none}' } });
    deliver(t, 1);
    await t.at(13);
    expect(t.app.comparator.samples(t.run().id, null)).toMatchObject([{ features: {} }]);
  });

  it('of integers beyond 2^53 do not keep a bucket from being committed', async () => {
    const t = await start({ top: { inputs: '[{name: user, at: ids, type: integer}]' } });
    const text = `{"inputs":[{"name":"ids","shape":[1,2],"datatype":"INT64","data":[9007199254740993,1]}]}`;
    const answer = { outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }] };
    t.app.comparator.submit({
      sourceId: 'a',
      arrivedAt: t.clock.nowMs(),
      latencyMs: 1,
      request: { method: 'POST', path: '/v2/models/m/infer', headers: {}, body: Buffer.from(text) },
      answer: { status: 200, headers: {}, body: Buffer.from(JSON.stringify(answer)) },
    });
    await t.at(13);
    const [sample] = t.app.comparator.samples(t.run().id, 'candidate');
    expect(sample?.features).toEqual({ user: ['9007199254740993', 1] });
    expect(t.store.tallies(t.run().id)[0]?.compared).toBe(1);
  });
});
