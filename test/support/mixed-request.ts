// One request of two rows with every type of feature, and what declares it, for known answers.
import { applyPerturbations } from '../../src/core/perturb/apply.ts';
import type { DeclaredInput } from '../../src/core/perturb/index.ts';
import type { ModelRequest } from '../../src/model.ts';
import { feature } from './perturbing.ts';

function mixed(given: Partial<DeclaredInput> & { name: string }): DeclaredInput {
  return feature({ tensor: 'features', index: 0, ...given });
}

export const inputs: readonly DeclaredInput[] = [
  mixed({ name: 'delay', index: 0, range: [-60, 600], default: 5, spread: 40, group: 'times' }),
  mixed({ name: 'hour', index: 1, type: 'integer', range: [0, 23], default: 12, group: 'times' }),
  mixed({ name: 'rain', index: 2, group: 'weather' }),
  mixed({ name: 'carrier', tensor: 'carrier', index: null, type: 'string', default: 'UA' }),
  mixed({ name: 'holiday', tensor: 'holiday', index: null, type: 'boolean', default: true }),
  mixed({ name: 'serial', tensor: 'serial', index: null, type: 'integer', range: [0, 100], default: 7 }),
];

export const beyond = 2n ** 60n + 1n;
export const moment = { requestId: 'r', arrivedAt: 0 };

export const request: ModelRequest = {
  id: 'r1',
  inputs: [
    { name: 'features', datatype: 'FP32', shape: [2, 3], data: [30, 8, 0.5, -10, 23, null] },
    { name: 'carrier', datatype: 'BYTES', shape: [2], data: ['DL', 'AA'] },
    { name: 'holiday', datatype: 'BOOL', shape: [2], data: [true, false] },
    { name: 'serial', datatype: 'INT64', shape: [2], data: [41, beyond] },
  ],
};

export function perturb(type: string, options: Record<string, unknown>): ModelRequest {
  return applyPerturbations(request, {
    arm: 'a',
    perturbations: [{ type, options }],
    inputs,
    seed: 's',
    requestId: 'r1',
  }).request;
}
