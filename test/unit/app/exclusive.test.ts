import { describe, expect, it } from 'vitest';
import { whyNotBeside } from '../../../src/app/exclusive.ts';
import type { Arm, ArmRole, Experiment } from '../../../src/model.ts';

const arm = (role: ArmRole): Arm => ({
  ...{ name: role, role, target: null, perturbations: [], faults: [], deadlineMs: 1000 },
});

function experiment(name: string, role: ArmRole, more: Partial<Experiment> = {}): Experiment {
  return { name, arms: [arm('control'), arm(role)], ...more } as Experiment;
}

const beside = { alone: false };

describe('an experiment with a fault', () => {
  it('does not start beside another one', () => {
    expect(whyNotBeside(experiment('b', 'fault'), [experiment('a', 'fault')])).toBe(
      'a breaks something now, too: wait for its end, or say alone: false of the one that may run beside others',
    );
  });

  it('does when either of the two says that it may', () => {
    expect(whyNotBeside(experiment('b', 'fault', beside), [experiment('a', 'fault')])).toBeNull();
    expect(whyNotBeside(experiment('b', 'fault'), [experiment('a', 'fault', beside)])).toBeNull();
  });

  it('keeps no candidate waiting, and no candidate keeps it', () => {
    expect(whyNotBeside(experiment('b', 'candidate'), [experiment('a', 'fault')])).toBeNull();
    expect(whyNotBeside(experiment('b', 'fault'), [experiment('a', 'candidate')])).toBeNull();
  });
});
