// The input that says nothing: a request with every declared input at its default. What a model answers to it is what it answers when it
// knows nothing, however plausible that looks.
import type { ModelRequest } from '../../model.ts';
import { createPerturber } from './apply.ts';
import type { DeclaredInput } from './declared-input.ts';
import { cellsOf } from './places.ts';

/** The request with all its declared inputs at their defaults, or why it cannot be made of this one. */
export function allDefault(
  request: ModelRequest,
  inputs: readonly DeclaredInput[],
): { readonly request: ModelRequest } | { readonly problem: string } {
  if (inputs.length === 0) return { problem: 'no inputs are declared' };
  const without = inputs.filter((input) => input.default === null);
  if (without.length > 0) return { problem: `no default is declared for ${namesOf(without)}` };
  // What a service looks up by itself would not be at its default, whatever is written into the request.
  const absent = inputs.filter((input) => cellsOf(request, input).length === 0);
  if (absent.length > 0) return { problem: `the requests do not hold ${namesOf(absent)}` };
  const unfit = inputs.filter((input) => !canHold(request, input));
  if (unfit.length > 0) return { problem: `the requests cannot hold the default of ${namesOf(unfit)}` };
  const features = inputs.map(({ name }) => name);
  const perturbations = [{ type: 'default', options: { features } }];
  const perturber = createPerturber({ arm: '', perturbations, inputs, seed: '' });
  return { request: perturber.apply(request, { requestId: '', arrivedAt: 0 }).request };
}

function canHold(request: ModelRequest, input: DeclaredInput): boolean {
  return cellsOf(request, input).every(
    ({ datatype }) => (typeof input.default === 'string') === (datatype === 'BYTES'),
  );
}

function namesOf(inputs: readonly DeclaredInput[]): string {
  return inputs.map(({ name }) => name).join(', ');
}
