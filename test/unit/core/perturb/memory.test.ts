// What is remembered: the newest, in order, and never more than its bounds.
import { describe, expect, it } from 'vitest';
import { createMemory, type Remembered } from '../../../../src/core/perturb/memory.ts';

const at = (time: number, values: readonly (number | string)[] = [time]): Remembered => ({
  at: time,
  cells: [{ datatype: 'FP64', values }, null],
});
const timesOf = (kept: readonly Remembered[]): number[] => kept.map((one) => one.at);

describe('memory', () => {
  it('keeps the newest of an entity, the oldest first', () => {
    const memory = createMemory();
    for (const time of [1, 2, 3, 4]) memory.add('u', at(time), { depth: 3 });
    expect(timesOf(memory.of('u'))).toEqual([2, 3, 4]);
    expect(memory.of('v')).toEqual([]);
  });

  it('keeps one per stretch of time', () => {
    const memory = createMemory();
    for (let time = 0; time < 100; time++) memory.add('u', at(time), { depth: 4, everyMs: 10 });
    expect(timesOf(memory.of('u'))).toEqual([60, 70, 80, 90]);
  });

  it('forgets the entity that was not seen for the longest time', () => {
    const memory = createMemory({ maxEntities: 2 });
    for (const name of ['u', 'v', 'u', 'w']) memory.add(name, at(1), { depth: 1 });
    expect(['u', 'v', 'w'].map((name) => memory.of(name).length)).toEqual([1, 0, 1]);
  });

  it('counts values, long texts by their length', () => {
    const memory = createMemory({ maxValues: 300 });
    for (let index = 0; index < 100; index++) memory.add(`n${index}`, at(index), { depth: 1 });
    const kept = Array.from({ length: 100 }, (_, index) => memory.of(`n${index}`).length);
    expect(kept.reduce((sum, one) => sum + one, 0)).toBe(100);
    memory.add('long', at(1, ['x'.repeat(2000)]), { depth: 1 });
    const left = Array.from({ length: 100 }, (_, index) => memory.of(`n${index}`).length);
    expect(left.reduce((sum, one) => sum + one, 0)).toBe(24);
    expect(memory.of('long')).toHaveLength(1);
  });

  it('does not keep what alone is beyond its bound', () => {
    const memory = createMemory({ maxValues: 10 });
    memory.add('u', at(1, new Array<number>(11).fill(0)), { depth: 1 });
    expect(memory.of('u')).toEqual([]);
    memory.add('v', at(1), { depth: 1 });
    expect(memory.of('v')).toHaveLength(1);
  });
});
