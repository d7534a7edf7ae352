// A dependency's faults over the life of a run: on under a lease that is renewed, off and verified at the end, and a run that cannot
// rely on them is told so.
import { describe, expect, it } from 'vitest';
import { createDependencyDisturbance } from '../../../../src/app/dependencies/disturbance.ts';
import { createDependencyWatch } from '../../../../src/app/dependencies/watch.ts';
import type { Log } from '../../../../src/io/ports.ts';
import { createFakeClock, settle } from '../../../support/fake-clock.ts';
import { createStubControl } from '../../../support/stub-control.ts';

function created({ claim = async () => () => {} }: { claim?: () => Promise<() => void> } = {}) {
  const control = createStubControl();
  const clock = createFakeClock();
  const errors: string[] = [];
  const quiet = (): void => {};
  const log: Log = { debug: quiet, info: quiet, warn: quiet, error: (_fields, message) => void errors.push(message) };
  const watch = createDependencyWatch(control, { clock });
  watch.start();
  const faults = [{ latency: '800ms' }];
  const remove = async (letGo: () => void): Promise<void> => {
    await control.restore();
    letGo();
  };
  return {
    control,
    clock,
    errors,
    disturbance: createDependencyDisturbance({ watch, faults, claim, remove, clock, log }),
  };
}

describe('the faults of a dependency', () => {
  it('are switched on, renewed every 10 s, and removed once', async () => {
    const { control, clock, disturbance, errors } = created();
    expect(disturbance.isOn()).toBe(false);
    await disturbance.begin();
    expect(disturbance.isOn()).toBe(true);
    await clock.advance(25_000);
    expect(disturbance.problem()).toBeNull();
    await Promise.all([disturbance.end(), disturbance.end()]);
    await clock.advance(60_000);
    expect(control.seen).toEqual(['on [{"latency":"800ms"}]', 'renew', 'renew', 'restore']);
    expect([disturbance.isOn(), disturbance.problem(), errors]).toEqual([false, null, []]);
  });

  it('never begun, or ended before, touch nothing', async () => {
    const { control, disturbance } = created();
    await disturbance.end();
    await disturbance.begin();
    expect(control.seen).toEqual([]);
  });

  it('are removed after a switch that was still on its way', async () => {
    const { control, disturbance } = created();
    const switchOn = control.switchOn;
    let arrive = (): void => {};
    const held = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    control.switchOn = async (...given) => {
      await held;
      return switchOn(...given);
    };
    void disturbance.begin();
    await settle();
    const ended = disturbance.end();
    arrive();
    await ended;
    expect(control.seen).toEqual(['on [{"latency":"800ms"}]', 'restore']);
  });

  it('cannot begin without a proxy, or while another run has it, and then leave its faults alone', async () => {
    const without = created();
    without.control.incarnationNow = null;
    await expect(without.disturbance.begin()).rejects.toThrow('the proxy of store is not running');
    const taken = created({ claim: () => Promise.reject(new Error('taken')) });
    await expect(taken.disturbance.begin()).rejects.toThrow('taken');
    await taken.disturbance.end();
    expect(taken.control.seen).toEqual([]);
  });

  it.each([
    [
      'removed by somebody',
      1000,
      (control: ReturnType<typeof createStubControl>) => (control.faults = []),
      'not on any more',
    ],
    [
      'changed by somebody',
      1000,
      (control: ReturnType<typeof createStubControl>) => (control.faults = [{ latency: '1ms' }]),
      'not on any more',
    ],
    [
      'of a proxy that died',
      0,
      (control: ReturnType<typeof createStubControl>) => (control.incarnationNow = null),
      'ended while its faults were on',
    ],
    [
      'of a proxy that was started anew',
      0,
      (control: ReturnType<typeof createStubControl>) => (control.incarnationNow = 2),
      'ended while its faults were on',
    ],
    [
      'of a proxy that nobody reaches',
      4500,
      (control: ReturnType<typeof createStubControl>) => (control.isUnreachable = true),
      'cannot be seen any more: nobody answers',
    ],
  ])('%s are a problem, for good', async (_what, withinMs, happens, words) => {
    const { control, clock, disturbance } = created();
    await disturbance.begin();
    await clock.advance(1000);
    expect(disturbance.problem()).toBeNull();
    const [faults, incarnation] = [control.faults, control.incarnationNow];
    happens(control);
    await clock.advance(withinMs);
    expect(disturbance.problem()).toContain(words);
    Object.assign(control, { faults, incarnationNow: incarnation, isUnreachable: false });
    await clock.advance(1000);
    expect(disturbance.problem()).toContain(words);
  });

  it('are no problem for a hiccup of two seconds', async () => {
    const { control, clock, disturbance } = created();
    await disturbance.begin();
    control.isUnreachable = true;
    await clock.advance(2000);
    control.isUnreachable = false;
    await clock.advance(1000);
    expect(disturbance.problem()).toBeNull();
  });
});
