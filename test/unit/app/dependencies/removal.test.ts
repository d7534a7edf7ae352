// The faults of a dependency after their run: tried until it is verified that they are gone, with somebody told meanwhile and afterwards.
import { describe, expect, it } from 'vitest';
import { createRemovals, resolvedByRestart } from '../../../../src/app/dependencies/removal.ts';
import type { Log } from '../../../../src/io/ports.ts';
import type { Alert } from '../../../../src/model.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createStubControl } from '../../../support/stub-control.ts';

function created() {
  const control = createStubControl();
  const clock = createFakeClock();
  const alerts: Alert[] = [];
  const errors: string[] = [];
  let done = 0;
  const quiet = (): void => {};
  const log: Log = { debug: quiet, info: quiet, warn: quiet, error: (_fields, message) => void errors.push(message) };
  const removals = createRemovals({ clock, log, raise: (alert) => void alerts.push(alert) });
  const onDone = (): void => {
    done += 1;
  };
  const begin = () => removals.begin(control, { experiment: 'slow-store', onDone });
  return { control, clock, alerts, errors, removals, begin, done: () => done };
}

const said = (alerts: readonly Alert[]) => alerts.map(({ key, status, cause }) => `${status} ${cause} ${key}`);

describe('a removal', () => {
  it('that is verified at once tells nobody', async () => {
    const { begin, alerts, errors, control, clock, done } = created();
    expect(await begin()).toBeNull();
    await clock.advance(120_000);
    expect([alerts, errors, control.seen, done()]).toEqual([[], [], ['restore'], 0]);
  });

  it('that nobody hears is tried after 1, 2, 4 … s, alerted once, and said to be over when it is verified', async () => {
    const { begin, alerts, control, clock, errors, done } = created();
    control.isUnreachable = true;
    expect(await begin()).toContain('could not be removed; they end with their lease, within 30 s: nobody answers');
    await clock.advance(6500);
    control.isUnreachable = false;
    expect([said(alerts), control.seen, done()]).toEqual([['firing dependency dependency/store'], [], 0]);
    await clock.advance(1000);
    expect([control.seen, done()]).toEqual([['restore'], 1]);
    expect(said(alerts)).toEqual(['firing dependency dependency/store', 'resolved dependency dependency/store']);
    expect(errors).toEqual([expect.stringContaining('ALERT: the faults of store could not be removed')]);
    await clock.advance(600_000);
    expect(control.seen).toEqual(['restore']);
  });

  it('is no removal before it is verified, however often the proxy says that the faults are off', async () => {
    const { begin, control, clock, done, alerts } = created();
    control.restored = false;
    expect(await begin()).toContain('is not back at its baseline');
    await clock.advance(60_000);
    expect(control.seen.length).toBeGreaterThan(4);
    expect([alerts.length, done()]).toEqual([1, 0]);
    control.restored = true;
    await clock.advance(60_000);
    expect([alerts.length, done()]).toEqual([2, 1]);
  });

  it('of a proxy that is gone is over: the next one starts without faults', async () => {
    const { begin, control, clock, done } = created();
    control.isUnreachable = true;
    await begin();
    control.incarnationNow = 2;
    await clock.advance(1000);
    expect(done()).toBe(1);
  });

  it('tries nothing any more when penumbra stops', async () => {
    const { begin, control, clock, removals } = created();
    control.restored = false;
    await begin();
    removals.stop();
    await clock.advance(120_000);
    expect([control.seen, clock.waiting()]).toEqual([['restore'], 0]);
  });
});

it('a restart of penumbra ends what fired: its proxies begin anew', async () => {
  const { begin, control, alerts } = created();
  control.restored = false;
  await begin();
  const other: Alert = { ...(alerts[0] as Alert), cause: 'run', key: 'a/run' };
  expect(said(resolvedByRestart([...alerts, other], 7))).toEqual(['resolved dependency dependency/store']);
});
