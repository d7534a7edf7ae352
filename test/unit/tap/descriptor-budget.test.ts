// Two descriptors for each client out of what the system allows.
import { describe, expect, it } from 'vitest';
import { connectionsAllowed, descriptorLimit } from '../../../src/tap/descriptor-budget.ts';

describe('the budget of file descriptors', () => {
  it('is read from what Linux says', () => {
    const limits =
      'Limit  Soft Limit Hard Limit Units\nMax open files            1024                 4096                 files\n';
    expect(descriptorLimit(() => limits)).toBe(1024);
    expect(descriptorLimit(() => 'Max open files   unlimited  unlimited files\n')).toBe(null);
    expect(
      descriptorLimit(() => {
        throw new Error('no such file');
      }),
    ).toBe(null);
  });

  it('leaves some for everything else, and at least one client', () => {
    expect(connectionsAllowed(1024)).toBe(464);
    expect(connectionsAllowed(10)).toBe(1);
    expect(connectionsAllowed(null)).toBe(null);
  });
});
