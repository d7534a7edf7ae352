// Short ways to declare a feature, to ask with one row or several, and to show an arm's perturbations a stream of requests.
import { createPerturber, type Perturbed } from '../../src/core/perturb/apply.ts';
import type { DeclaredInput } from '../../src/core/perturb/index.ts';
import type { Datatype, KindUse, ModelRequest, Tensor, TensorValue } from '../../src/model.ts';

export function feature(given: Partial<DeclaredInput> & { name: string }): DeclaredInput {
  return { tensor: given.name, index: null, type: 'number', range: null, default: null, zeroIsLegal: true, ...given };
}

export function tensor(name: string, data: readonly TensorValue[], given: Partial<Tensor> = {}): Tensor {
  const datatype: Datatype = typeof data[0] === 'string' ? 'BYTES' : typeof data[0] === 'boolean' ? 'BOOL' : 'FP64';
  return { name, datatype, shape: [data.length], data, ...given };
}

export interface Shown {
  readonly inputs: readonly Tensor[];
  /** 0 by default. */
  readonly at?: number;
  /** False: shown with perturbations off. */
  readonly isOn?: boolean;
}

/** What one use makes of each request of a stream, in order. */
export function perturbAll(
  use: KindUse,
  { declared, shown }: { declared: readonly DeclaredInput[]; shown: readonly Shown[] },
): readonly Perturbed[] {
  const perturber = createPerturber({ arm: 'a', perturbations: [use], inputs: declared, seed: 's' });
  return shown.map(({ inputs, at = 0, isOn = true }, index) =>
    perturber.apply({ inputs }, { requestId: `r${index}`, arrivedAt: at, isOn }),
  );
}

export function dataOf(request: ModelRequest, name: string): readonly TensorValue[] | undefined {
  return request.inputs.find((one) => one.name === name)?.data;
}
