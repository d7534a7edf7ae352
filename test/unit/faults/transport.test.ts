import { describe, expect, it } from 'vitest';
import type { Fault, FaultContext } from '../../../src/faults/fault.ts';
import { faults } from '../../../src/faults/index.ts';
import type { ModelRequest } from '../../../src/model.ts';

const request: ModelRequest = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: [4, 2], data: [1, 2, 3, 4, 5, 6, 7, 8] },
    { name: 'mode', datatype: 'BYTES', shape: [1], data: ['fast'] },
  ],
};
const contextOf = (requestId: string): FaultContext => ({ armName: 'arm', seed: '1', requestId, request });

function make(name: string, options: Record<string, unknown>): Fault {
  const kind = faults.find((one) => one.name === name);
  return (kind as unknown as { create: (options: unknown) => Fault }).create({ share: 1, ...options });
}

describe('transport faults', () => {
  it.each([
    ['abort', { after: 0.5 }, { type: 'abort', afterShare: 0.5 }],
    ['hang', { after: 0.2 }, { type: 'hang', afterShare: 0.2 }],
    ['truncate', { keep: 0.9 }, { type: 'truncate', keepShare: 0.9 }],
    ['garble', { bytes: 3 }, { type: 'garble', bytes: 3, seed: '1\u0000arm\u0000a' }],
  ])('%s says what is done to the bytes, and holds nothing back', (name, options, expected) => {
    const fault = make(name, options);
    expect(fault.transport?.(contextOf('a'))).toEqual(expected);
    expect(fault.delayMs(contextOf('a'))).toBe(0);
  });

  it.each(['abort', 'hang', 'truncate', 'garble'])(
    '%s acts on its share of the requests, the same ones every time',
    (name) => {
      const fault = make(name, { after: 0.5, keep: 0.5, bytes: 1, share: 0.3 });
      const ids = Array.from({ length: 2000 }, (_, index) => `r${index}`);
      const acted = ids.filter((id) => fault.transport?.(contextOf(id)) !== null);
      expect(acted.length).toBeGreaterThan(520);
      expect(acted.length).toBeLessThan(680);
      expect(ids.filter((id) => fault.acts(contextOf(id)))).toEqual(acted);
    },
  );

  it('loseRows leaves the last rows out of every tensor that has rows, and the request itself as it is', () => {
    const before = structuredClone(request);
    expect(make('loseRows', { lost: 0.5 }).change?.(request, contextOf('a'))).toEqual({
      inputs: [
        { name: 'x', datatype: 'FP32', shape: [2, 2], data: [1, 2, 3, 4] },
        { name: 'mode', datatype: 'BYTES', shape: [1], data: ['fast'] },
      ],
    });
    expect(request).toEqual(before);
  });

  it('loseRows never leaves nothing, and does not act on a single row', () => {
    const fault = make('loseRows', { lost: 0.99 });
    expect(fault.change?.(request, contextOf('a')).inputs[0]?.shape).toEqual([1, 2]);
    const single = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] } as const] };
    const context = { ...contextOf('a'), request: single };
    expect(fault.acts(context)).toBe(false);
    expect(fault.change?.(single, context)).toBe(single);
  });
});
