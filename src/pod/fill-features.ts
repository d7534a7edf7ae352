// Puts the feature store's values into a request, row by row, or what the chosen policy says when the store failed:
// zeros, the card's defaults, or an error. This is where the incident of the README happens, or does not.
import { PenumbraError } from '../errors.ts';
import type { CardInput } from '../io/model-card.ts';
import type { Headers, ModelRequest, Tensor, TensorValue } from '../model.ts';
import type { FeatureClient, StoredRow } from './feature-client.ts';

export const failurePolicies = ['zeros', 'default', 'error'] as const;
export type FailurePolicy = (typeof failurePolicies)[number];

/** The BYTES input that names the entity of each row. */
export const entityKeyName = 'entity_key';

export interface FilledRequest {
  readonly request: ModelRequest;
  /** At least one row rests on fallback values. */
  readonly isDegraded: boolean;
}

export interface FeatureFill {
  /** `forwarded` goes along to the store. @throws PenumbraError MODEL_INPUT_INVALID, FEATURES_UNAVAILABLE (policy `error` only) */
  fill(request: ModelRequest, forwarded?: Headers): Promise<FilledRequest>;
  close(): Promise<void>;
}

/** `inputs` are the stored ones, in the order of the client's rows. */
export function createFeatureFill(deps: {
  client: FeatureClient;
  inputs: readonly CardInput[];
  onFailure: FailurePolicy;
}): FeatureFill {
  const { client, inputs, onFailure } = deps;
  const fallback = onFailure === 'error' ? null : inputs.map((input) => fallbackOf(input, onFailure));

  async function fill(request: ModelRequest, forwarded: Headers = {}): Promise<FilledRequest> {
    const keys = readEntityKeys(request);
    const rows = await client.rowsOf(keys, forwarded);
    const isDegraded = rows.includes(null);
    if (fallback) {
      const complete = rows.map((row) => row ?? fallback);
      return { request: withRows(request, complete, { inputs }), isDegraded };
    }
    if (isDegraded)
      throw new PenumbraError('FEATURES_UNAVAILABLE', 'the feature store did not answer well and in time');
    return { request: withRows(request, rows as StoredRow[], { inputs }), isDegraded };
  }

  return { fill, close: client.close };
}

function fallbackOf({ name, type, default: fallback }: CardInput, policy: 'zeros' | 'default'): TensorValue {
  if (policy === 'zeros') return type === 'string' ? '' : type === 'boolean' ? false : 0;
  if (fallback !== null) return fallback;
  throw new PenumbraError(
    'USAGE',
    `--on-failure default requires a default for every stored input, "${name}" has none in the card`,
  );
}

/** @throws PenumbraError MODEL_INPUT_INVALID */
export function readEntityKeys(request: ModelRequest): string[] {
  const tensor = request.inputs.find((input) => input.name === entityKeyName);
  if (!tensor) throw refused(entityKeyName, 'it is missing');
  const isColumn = tensor.shape.length === 1 || (tensor.shape.length === 2 && tensor.shape[1] === 1);
  if (tensor.datatype !== 'BYTES' || !isColumn)
    throw refused(entityKeyName, `it has ${tensor.datatype} of shape [${tensor.shape.join(', ')}]`);
  return tensor.data.map((key) => {
    if (typeof key === 'string' && key !== '') return key;
    throw refused(entityKeyName, 'a key is empty');
  });
}

function withRows(
  request: ModelRequest,
  rows: readonly StoredRow[],
  { inputs }: { inputs: readonly CardInput[] },
): ModelRequest {
  const changed = new Map<string, { tensor: Tensor; data: TensorValue[] }>();
  for (const [position, input] of inputs.entries()) {
    const change = changed.get(input.tensor) ?? openTensor(request, { name: input.tensor, rows: rows.length });
    changed.set(input.tensor, change);
    writeColumn(change, { input, rows, position });
  }
  const filled = request.inputs.map((tensor) => {
    const change = changed.get(tensor.name);
    return change ? { ...tensor, data: change.data } : tensor;
  });
  return { ...request, inputs: filled };
}

function openTensor(
  request: ModelRequest,
  { name, rows }: { name: string; rows: number },
): { tensor: Tensor; data: TensorValue[] } {
  const tensor = request.inputs.find((input) => input.name === name);
  if (!tensor) throw new PenumbraError('MODEL_INPUT_INVALID', `input "${name}" requires to be present, it is missing`);
  if (tensor.shape[0] !== rows) {
    throw new PenumbraError(
      'MODEL_INPUT_INVALID',
      `input "${name}" requires one row per ${entityKeyName}, ${rows}, not ${tensor.shape[0] ?? 'a scalar'}`,
    );
  }
  return { tensor, data: [...tensor.data] };
}

function writeColumn(
  { tensor, data }: { tensor: Tensor; data: TensorValue[] },
  { input, rows, position }: { input: CardInput; rows: readonly StoredRow[]; position: number },
): void {
  const columns = rows.length === 0 ? 0 : data.length / rows.length;
  const column = input.index ?? 0;
  if (rows.length > 0 && column >= columns) {
    throw new PenumbraError(
      'MODEL_INPUT_INVALID',
      `input "${tensor.name}" requires more than ${column} columns, it has ${columns}`,
    );
  }
  for (const [row, values] of rows.entries()) data[row * columns + column] = values[position] ?? null;
}

function refused(name: string, found: string): PenumbraError {
  return new PenumbraError(
    'MODEL_INPUT_INVALID',
    `input "${name}" requires BYTES of shape [rows] or [rows, 1] with the keys of the feature store, ${found}`,
  );
}
