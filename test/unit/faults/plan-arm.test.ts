// An arm's plan: perturbations see time and remember, from the warm-up on, whatever becomes of the requests.
import { describe, expect, it } from 'vitest';
import { createArmPlan } from '../../../src/faults/plan-arm.ts';
import type { Arm, Exchange, KindUse, ModelRequest } from '../../../src/model.ts';
import { dataOf, feature, tensor } from '../../support/perturbing.ts';

const inputs = [feature({ name: 'delay' })];

function planOf(perturbations: readonly KindUse[]) {
  const arm: Arm = { name: 'a', role: 'fault', target: null, perturbations, faults: [], deadlineMs: 1000 };
  const plan = createArmPlan(arm, { inputs, seed: 's' });
  return (delay: number, { at, faultsOn = true }: { at: number; faultsOn?: boolean }) => {
    const request: ModelRequest = { inputs: [tensor('delay', [delay])] };
    return plan({ id: `r${at}`, request, arrivedAt: at } as Exchange, { faultsOn });
  };
}

const delayIn = ({ request }: { request: ModelRequest }): unknown => dataOf(request, 'delay')?.[0];

describe('the plan of an arm', () => {
  it('remembers requests of the warm-up, which it does not change', () => {
    const plan = planOf([{ type: 'stale', options: { features: 'delay', requests: 1 } }]);
    const warm = plan(1, { at: 0, faultsOn: false });
    expect([delayIn(warm), warm.perturbed, warm.faultActed]).toEqual([1, false, false]);
    const second = plan(2, { at: 1 });
    expect([delayIn(second), second.perturbed, second.faultActed]).toEqual([1, true, true]);
  });

  it('remembers requests that were not chosen', () => {
    const plan = planOf([{ type: 'stale', options: { features: 'delay', requests: 1, share: 0.5 } }]);
    const sent = Array.from({ length: 100 }, (_, at) => delayIn(plan(at, { at })));
    expect(sent.every((delay, at) => delay === at || delay === at - 1)).toBe(true);
    expect(new Set(sent.map((delay, at) => at - (delay as number))).size).toBe(2);
  });

  it('says which of its perturbations acted on this request, and of which that cannot be known', () => {
    const perturbations = [
      { type: 'zero', options: { features: 'delay' } },
      { type: 'shift', options: { features: ['delay'], by: 60 } },
    ];
    const plan = planOf(perturbations);
    expect(plan(5, { at: 0 }).applied).toEqual(['zero delay', 'shift delay, by 60']);
    expect(plan(0, { at: 1 }).applied).toEqual(['shift delay, by 60']);
    expect(plan(5, { at: 2, faultsOn: false }).applied).toEqual([]);
    const store = { name: 'store', does: { type: 'latency', options: { latencyMs: 800 } }, share: 0.3, key: 'entity' };
    const faults = [
      { type: 'delay', options: { delayMs: 300, jitterMs: 0, share: 1 } },
      { type: 'dependency', options: store },
    ];
    const arm: Arm = { name: 'a', role: 'fault', target: null, perturbations: [], faults, deadlineMs: 1000 };
    const exchange = { id: 'r', request: { inputs: [] }, arrivedAt: 0 } as unknown as Exchange;
    expect(createArmPlan(arm, { inputs, seed: 's' })(exchange, { faultsOn: true }).applied).toEqual([
      'delay 300ms',
      'perhaps dependency store, latency 800ms',
    ]);
  });

  it('tells time by arrival', () => {
    const plan = planOf([{ type: 'drift', options: { features: 'delay', shift: 10, overMs: 1000 } }]);
    expect([5000, 5500, 6000].map((at) => delayIn(plan(0, { at })))).toEqual([0, 5, 10]);
  });
});
