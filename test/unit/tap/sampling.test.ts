// The share is kept on connections and sequences alike, the ends are exact, and the choice depends on the epoch.
import { describe, expect, it } from 'vitest';
import { createSampler } from '../../../src/tap/sampling.ts';

const count = (
  isSampled: (connection: number, sequence: number) => boolean,
  connections: number,
  sequences: number,
) => {
  let sampled = 0;
  for (let connection = 1; connection <= connections; connection++) {
    for (let sequence = 1; sequence <= sequences; sequence++) if (isSampled(connection, sequence)) sampled++;
  }
  return sampled;
};

describe('the sampler', () => {
  it('takes its share, whether connections are short or long', () => {
    for (const [connections, sequences] of [
      [20_000, 1],
      [1, 20_000],
      [200, 100],
    ] as const) {
      const sampled = count(createSampler({ epoch: '00000000000000a1', share: 0.2 }), connections, sequences);
      // Six standard deviations of 20,000 draws at 0.2.
      expect(Math.abs(sampled - 4000)).toBeLessThan(340);
    }
  });

  it('takes nothing at 0 and everything at 1', () => {
    expect(count(createSampler({ epoch: 'ffffffffffffffff', share: 0 }), 100, 100)).toBe(0);
    expect(count(createSampler({ epoch: 'ffffffffffffffff', share: 1 }), 100, 100)).toBe(10_000);
  });

  it('chooses the same again for the same epoch, others for another', () => {
    const choices = (epoch: string) => {
      const isSampled = createSampler({ epoch, share: 0.5 });
      return Array.from({ length: 64 }, (_, index) => isSampled(7, index));
    };
    expect(choices('0123456789abcdef')).toEqual(choices('0123456789abcdef'));
    expect(choices('0123456789abcdef')).not.toEqual(choices('1123456789abcdef'));
    expect(choices('0123456789abcdef')).not.toEqual(choices('0123456799abcdef'));
  });
});
