// A ramp looks at the losses of its own step: neither calm hours before nor requests that were skipped hide them.
import { expect, it } from 'vitest';
import { climb, newRamp } from '../../../src/pipeline/ramp.ts';
import type { RunContext } from '../../../src/pipeline/run-context.ts';

function steppingRun() {
  const tally = { received: 0, skipped: new Map<string, number>(), dropped: new Map<string, number>() };
  const context = {
    run: { state: 'RUNNING', definition: { ramp: { shares: [0.01, 0.05, 0.25], holdMs: 1000 }, bucketMs: 100 } },
    ramp: newRamp(),
    arms: [{ arm: { name: 'slow' }, tally }],
    stops: { conditions: [], queries: [], lastSignalAt: null },
  } as unknown as RunContext;
  const climbAt = (ms: number): void => climb(context, { nowMs: ms, paceMs: ms });
  return { context, tally, climbAt };
}

it('holds when what this step sends is lost, however much was skipped or went well before', () => {
  const { context, tally, climbAt } = steppingRun();
  tally.received = 100_000;
  tally.skipped.set('share', 90_000);
  climbAt(0);
  climbAt(1000);
  expect(context.ramp.step).toBe(1);
  tally.received += 10_000;
  tally.skipped.set('share', 99_500);
  tally.dropped.set('late', 400);
  climbAt(2000);
  climbAt(5000);
  expect(context.ramp).toMatchObject({ step: 1, worry: expect.stringContaining('80 %') });
});
