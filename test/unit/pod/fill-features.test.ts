// Filling features in: the right cells, by key, and each policy when the store fails for some rows.
import { describe, expect, it } from 'vitest';
import type { CardInput } from '../../../src/io/model-card.ts';
import type { ModelRequest, Tensor } from '../../../src/model.ts';
import type { FeatureClient, StoredRow } from '../../../src/pod/feature-client.ts';
import { createFeatureFill, type FailurePolicy } from '../../../src/pod/fill-features.ts';

const base = { type: 'number', range: null, default: null, zeroIsLegal: true, stored: true } as const;
const stored: CardInput[] = [
  { ...base, name: 'second', tensor: 'features', index: 1, default: 7 },
  { ...base, name: 'own', tensor: 'own', index: null, default: 8 },
];

function clientOf(rows: Record<string, StoredRow>): FeatureClient {
  return { rowsOf: async (keys) => keys.map((key) => rows[key] ?? null), close: async () => {} };
}

function fillWith(onFailure: FailurePolicy, inputs = stored) {
  return createFeatureFill({ client: clientOf({ a: [10, 11], b: [20, 21] }), inputs, onFailure });
}

function keysOf(data: Tensor['data'], shape = [data.length]): Tensor {
  return { name: 'entity_key', datatype: 'BYTES', shape, data };
}

function requestWith(keys: Tensor | null): ModelRequest {
  return {
    id: 'r',
    inputs: [
      ...(keys ? [keys] : []),
      { name: 'features', datatype: 'FP32', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] },
      { name: 'own', datatype: 'FP32', shape: [2, 1], data: [-1, -2] },
    ],
  };
}

function dataOf(request: ModelRequest): unknown[] {
  return request.inputs.filter((input) => input.name !== 'entity_key').map((input) => input.data);
}

describe('filling', () => {
  it.each([[[2]], [[2, 1]]])('replaces the stored columns of each row by key, keys of shape %o', async (shape) => {
    const original = requestWith(keysOf(['b', 'a'], shape));
    const { request, isDegraded } = await fillWith('error').fill(original);
    expect(dataOf(request)).toEqual([
      [1, 20, 3, 4, 10, 6],
      [21, 11],
    ]);
    expect(isDegraded).toBe(false);
    expect(request.id).toBe('r');
    expect(dataOf(original)).toEqual([
      [1, 2, 3, 4, 5, 6],
      [-1, -2],
    ]);
  });

  it.each([
    [
      'zeros',
      [
        [1, 10, 3, 4, 0, 6],
        [11, 0],
      ],
    ],
    [
      'default',
      [
        [1, 10, 3, 4, 7, 6],
        [11, 8],
      ],
    ],
  ] as const)('falls back to %s for the failed rows only, and says so', async (policy, data) => {
    const { request, isDegraded } = await fillWith(policy).fill(requestWith(keysOf(['a', 'gone'])));
    expect(dataOf(request)).toEqual(data);
    expect(isDegraded).toBe(true);
  });

  it('fails loudly when told to', async () => {
    await expect(fillWith('error').fill(requestWith(keysOf(['a', 'gone'])))).rejects.toMatchObject({
      code: 'FEATURES_UNAVAILABLE',
      status: 503,
    });
  });

  it('refuses the policy default without a default', () => {
    const inputs = [{ ...base, name: 'bare', tensor: 'features', index: 0 }];
    expect(() => fillWith('default', inputs)).toThrow(/"bare" has none in the card/);
  });

  it('takes zero of text and truth as empty and false', async () => {
    const inputs = [{ ...base, name: 't', tensor: 'own', index: null, type: 'string' } as const];
    const fill = createFeatureFill({ client: clientOf({}), inputs, onFailure: 'zeros' });
    expect(dataOf((await fill.fill(requestWith(keysOf(['x', 'y'])))).request)[1]).toEqual(['', '']);
  });

  it.each([
    ['no key', requestWith(null), 'input "entity_key" requires BYTES of shape [rows] or [rows, 1]'],
    ['keys of another type', requestWith({ ...keysOf([1, 2]), datatype: 'INT64' }), 'it has INT64 of shape [2]'],
    ['two keys per row', requestWith(keysOf(['a', 'b'], [1, 2])), 'it has BYTES of shape [1, 2]'],
    ['an empty key', requestWith(keysOf(['a', ''])), 'a key is empty'],
    ['fewer keys than rows', requestWith(keysOf(['a'])), 'input "features" requires one row per entity_key, 1, not 2'],
    ['no such tensor', { inputs: [keysOf(['a'])] }, 'input "features" requires to be present'],
    [
      'too few columns',
      { inputs: [keysOf(['a']), { name: 'features', datatype: 'FP32', shape: [1, 1], data: [1] }] } as ModelRequest,
      'requires more than 1 columns, it has 1',
    ],
  ])('refuses %s', async (_name, request, message) => {
    await expect(fillWith('zeros').fill(request)).rejects.toMatchObject({
      code: 'MODEL_INPUT_INVALID',
      message: expect.stringContaining(message),
    });
  });
});
