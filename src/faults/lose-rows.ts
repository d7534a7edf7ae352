// Transport fault of batches: a part of the rows never arrives, as after a timeout between two halves of a page.
import { Type } from 'typebox';
import type { ModelRequest, Tensor } from '../model.ts';
import type { FaultContext, FaultKind } from './fault.ts';
import { isChosen, shareOption } from './share.ts';

const options = Type.Object(
  {
    lost: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1, description: 'the part of the rows that is lost' }),
    ...shareOption,
  },
  { additionalProperties: false },
);

export const loseRows: FaultKind<typeof options> = {
  name: 'loseRows',
  summary: 'leaves the last rows of a batch out of the request',
  options,
  mainOption: 'lost',
  create: ({ lost, share }) => {
    const keptOf = ({ request }: FaultContext): { rows: number; kept: number } => {
      const rows = rowsOf(request);
      return { rows, kept: Math.max(1, Math.ceil(rows * (1 - lost))) };
    };
    const acts = (context: FaultContext): boolean => {
      const { rows, kept } = keptOf(context);
      return kept < rows && isChosen(context, { what: 'lose rows', share });
    };
    return {
      injectedHere: true,
      acts,
      delayMs: () => 0,
      change: (request, context) => (acts(context) ? firstRows(request, keptOf(context)) : request),
    };
  },
};

function rowsOf({ inputs }: ModelRequest): number {
  return Math.max(1, ...inputs.map(({ shape }) => (shape.length > 0 ? (shape[0] as number) : 1)));
}

/** Tensors that have another first dimension are of the whole request, and stay. */
function firstRows(request: ModelRequest, { rows, kept }: { rows: number; kept: number }): ModelRequest {
  const inputs = request.inputs.map((tensor): Tensor => {
    const [count, ...rest] = tensor.shape;
    if (count !== rows) return tensor;
    const width = tensor.data.length / rows;
    return { ...tensor, shape: [kept, ...rest], data: tensor.data.slice(0, kept * width) };
  });
  return { ...request, inputs };
}
