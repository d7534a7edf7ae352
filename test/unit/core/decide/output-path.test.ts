import { describe, expect, it } from 'vitest';
import { parseOutput } from '../../../../src/core/decide/output-path.ts';

describe('parseOutput', () => {
  it.each([
    ['probabilities[:,1]', 'probabilities', 1],
    ['probabilities[ : , 12 ]', 'probabilities', 12],
    ['probabilities[0]', 'probabilities', 0],
    ['logits', 'logits', null],
    ['  StatefulPartitionedCall:0 ', 'StatefulPartitionedCall:0', null],
    ['dense/output layer [:,2]', 'dense/output layer', 2],
  ])('reads %s', (text, output, column) => {
    expect(parseOutput(text)).toEqual({ output, column });
  });

  it.each(['', '   ', '[:,1]', 'p[', 'p[]', 'p[-1]', 'p[1,2]', 'p[1.5]', 'p[:,1]x', 'p[:,1][:,2]'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseOutput(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );
});
