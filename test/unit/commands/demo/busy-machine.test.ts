// A demo that ends otherwise says whether the machine was why, what was lost and what to do.
import { describe, expect, it } from 'vitest';
import { busyMachine } from '../../../../src/commands/demo/busy-machine.ts';
import type { RunView } from '../../../../src/pipeline/view-types.ts';

const machine = { load: 21.04, cores: 2 };

function runOf(experiment: string, { late = 0, productionP99Ms = 12 }: { late?: number; productionP99Ms?: number }) {
  const conservation = { received: 1000, compared: 1000 - late, skipped: {}, dropped: { late }, inFlight: 0 };
  return {
    experiment,
    arms: [{ name: 'no-dep_delay', role: 'fault', statuses: {}, conservation, productionP99Ms }],
  } as unknown as RunView;
}

describe('a machine too busy for the demo', () => {
  it('is told of with what was lost where no gate says it, how slow production was, and what to do', () => {
    const lines = busyMachine([runOf('robustness', { late: 300, productionP99Ms: 1803.2 })], machine);
    expect(lines[0]).toBe(
      'The machine was too busy for the story, and penumbra says so instead of guessing: load 21.0 on 2 cores.',
    );
    expect(lines[1]).toMatch(
      /^ {2}robustness: 30 % of what no-dep_delay should have seen was lost, more than 5 %: .*300 late/,
    );
    expect(lines[2]).toContain('production itself took 1,803 ms at p99 (SLO 200 ms)');
    expect(lines[3]).toContain('npm run demo -- --rate 25');
  });

  it('is told of where the control, without any fault, does not answer in time', () => {
    const run = runOf('release-v2', {});
    const control = { ...run.arms[0], name: 'control', role: 'control', statuses: { timeout: 272 } };
    const lines = busyMachine([{ ...run, arms: [control] } as unknown as RunView], machine);
    expect(lines[1]).toBe('  release-v2: control did not answer 27.2 % of the requests in time, without any fault');
  });

  it('is told of where the pod that answers from zeros does not do so in time', () => {
    const run = runOf('robustness', {});
    const zeros = { ...run.arms[0], name: 'slow-store-zeros', p99Ms: 401.3 };
    const lines = busyMachine([{ ...run, arms: [zeros] } as unknown as RunView], machine);
    expect(lines[1]).toBe(
      '  robustness: slow-store-zeros took 401 ms at p99 (SLO 200 ms), although it waits no longer than 120 ms for its feature store',
    );
    expect(busyMachine([{ ...run, arms: [{ ...zeros, p99Ms: 143 }] } as unknown as RunView], machine)).toEqual([]);
  });

  it('what a gate said already is not said twice', () => {
    const lines = busyMachine([runOf('release-v2', { late: 300 })], machine);
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('should have seen');
  });

  it('is not blamed for what is not its doing', () => {
    expect(busyMachine([runOf('robustness', { late: 50 })], machine)).toEqual([]);
  });
});
