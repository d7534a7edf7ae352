// The account of lost copies: what is missing between two serial numbers of an epoch, and nothing else.
import { describe, expect, it } from 'vitest';
import { createTapEpochs } from '../../../../src/io/sources/tap-epochs.ts';
import { createCounters } from '../../../../src/tap/counters.ts';

const epochOf = (number: number) => number.toString(16).padStart(16, '0');
const statusOf = (serial: number, tls = 0) => {
  const counters = createCounters();
  counters.blind.tls = tls;
  return { type: 'status' as const, serial, ...counters };
};
const make = () => createTapEpochs({ nowMs: () => 77 });

describe('lost copies', () => {
  it('are the gaps between exchanges, before a status and over a new link', () => {
    const epochs = make();
    epochs.hello('a', 100);
    expect(epochs.exchange('a', 101)).toBe(true);
    expect(epochs.exchange('a', 104)).toBe(true);
    expect(epochs.lostCopies()).toBe(2);
    epochs.status('a', statusOf(106));
    expect(epochs.lostCopies()).toBe(4);
    epochs.hello('a', 110);
    expect(epochs.lostCopies()).toBe(8);
    expect(epochs.exchange('a', 111)).toBe(true);
    expect(epochs.lostCopies()).toBe(8);
  });

  it('are not what an unknown tap lost before', () => {
    const epochs = make();
    epochs.hello('a', 5000);
    epochs.hello('b', 9000);
    expect(epochs.lostCopies()).toBe(0);
  });

  it('refuse a number that comes again', () => {
    const epochs = make();
    epochs.hello('a', 0);
    expect(epochs.exchange('a', 1)).toBe(true);
    expect(epochs.exchange('a', 1)).toBe(false);
    expect(epochs.exchange('unknown', 1)).toBe(false);
    expect(epochs.lostCopies()).toBe(0);
  });
});

describe('blind connections', () => {
  it('are the last word of each epoch, summed, also of epochs that are forgotten', () => {
    const epochs = make();
    for (let number = 0; number < 200; number++) {
      epochs.hello(epochOf(number), 0);
      epochs.status(epochOf(number), statusOf(0, 1));
      epochs.status(epochOf(number), statusOf(0, 2));
    }
    expect(epochs.blind().tls).toBe(400);
    expect(epochs.statuses().length).toBeLessThanOrEqual(64);
    expect(epochs.statuses()[0]?.heardAt).toBe(77);
  });

  it('a tap that is heard is not forgotten while others come and go', () => {
    const epochs = make();
    epochs.hello('steady', 0);
    for (let number = 0; number < 200; number++) {
      epochs.hello(epochOf(number), 0);
      epochs.status('steady', statusOf(number));
    }
    expect(epochs.exchange('steady', 200)).toBe(true);
    expect(epochs.lostCopies()).toBe(199);
  });
});
